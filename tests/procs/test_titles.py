"""A thread that nobody named is named once, behind all answers; a title that a person gave stays."""

from __future__ import annotations

from typing import Any

import pytest

from app.models import answers, conversations, events, messages, threads, titles
from tests.databases import Database
from tests.procs.conftest import post, reply


@pytest.fixture
def talk(anna: str) -> str:
    """A conversation of anna with the assistant, called by its first question."""
    return conversations.create(anna, "assistant", "Why do roses need iron?", [], None)["id"]


def answered(actor: str, place: str, text: str = "Why do roses  need iron?") -> tuple[dict[str, Any], str]:
    """A question and its complete answer."""
    question = post(actor, place, text)
    [row] = answers.claim(5, 60)
    assert answers.finish(row["lease"], "For their leaves.", "stop", None, None, None)
    return question, row["message_id"]


def named(answer: str, title: str | None = "Roses and iron") -> bool:
    """Let the worker name its thread."""
    assert titles.request(answer)
    [row] = answers.claim(5, 60)
    begun = titles.begin(row["lease"])
    return begun is not None and titles.finish(row["lease"], title, [m["id"] for m in begun["said"]])


def title_of(actor: str, root: str) -> str | None:
    return threads.tree(actor, root, None, None, 1)["thread"]["title"]  # type: ignore[no-any-return]


def said(kind: str) -> list[Any]:
    return [event["payload"] for event in events.log_after(0, 500) if event["kind"] == kind]


def test_a_thread_and_its_conversation_are_named_and_it_is_told(anna: str, talk: str) -> None:
    root, answer = answered(anna, talk)
    assert titles.request(answer)
    [row] = answers.claim(5, 60)
    assert (row["kind"], row["subject"], row["message_id"], row["asked"]["model"]["name"]) == (
        "title", root["id"], None, "local",
    )  # fmt: skip
    begun = titles.begin(row["lease"])
    assert begun and begun["user_id"] == anna
    assert [m["content"] for m in begun["said"]] == ["Why do roses  need iron?", "For their leaves."]
    assert titles.finish(row["lease"], "Roses and iron", [root["id"], answer])
    assert title_of(anna, root["id"]) == conversations.get(anna, talk)["title"] == "Roses and iron"
    assert said("thread.updated")[-1]["summary"]["title"] == "Roses and iron"
    assert said("conversation.updated")[-1]["conversation"]["title"] == "Roses and iron"
    assert not titles.finish(row["lease"], "again", []) and titles.begin(row["lease"]) is None


def test_only_the_first_answer_asks_for_one(anna: str, talk: str) -> None:
    root, first = answered(anna, talk)
    assert answers.claim(5, 60) == [] and named(first, None)
    assert title_of(anna, root["id"]) is None
    reply(anna, first, "and?")
    [row] = answers.claim(5, 60)
    found = answers.context(row["lease"], 1000)
    assert found and not found["wants_title"]
    answers.finish(row["lease"], "so", "stop", None, None, None)
    assert not titles.request(row["message_id"])


def test_an_answer_that_was_cut_short_asks_for_none(anna: str, talk: str) -> None:
    post(anna, talk)
    [row] = answers.claim(5, 60)
    assert (answers.context(row["lease"], 1000) or {})["wants_title"]
    answers.finish(row["lease"], "half", "cancelled", None, None, None)
    assert not titles.request(row["message_id"])


def test_a_title_that_a_person_gave_stays(anna: str, talk: str) -> None:
    root, answer = answered(anna, talk)
    assert titles.request(answer)
    [row] = answers.claim(5, 60)
    begun = titles.begin(row["lease"])
    assert begun
    threads.rename(anna, root["id"], "Mine")
    conversations.update(anna, talk, "Also mine", None)
    assert titles.finish(row["lease"], "Roses and iron", [m["id"] for m in begun["said"]])
    assert title_of(anna, root["id"]) == "Mine" and conversations.get(anna, talk)["title"] == "Also mine"
    assert answers.claim(5, 60) == []
    messages.delete(anna, root["id"])
    assert title_of(anna, root["id"]) == "Mine" and conversations.get(anna, talk)["title"] == "Also mine"


def test_a_thread_that_was_named_meanwhile_needs_no_title(anna: str, talk: str) -> None:
    root, answer = answered(anna, talk)
    assert titles.request(answer) and not titles.request(answer)
    threads.rename(anna, root["id"], "Mine")
    [row] = answers.claim(5, 60)
    assert titles.begin(row["lease"]) is None and answers.claim(5, 60) == []
    assert not titles.request(answer)


@pytest.mark.parametrize("which", [0, 1], ids=["question", "answer"])
def test_a_title_goes_with_what_it_was_made_of(anna: str, talk: str, which: int, database: Database) -> None:
    root, answer = answered(anna, talk)
    assert named(answer) and title_of(anna, root["id"]) == "Roses and iron"
    messages.delete(anna, (root["id"], answer)[which])
    assert title_of(anna, root["id"]) is None and conversations.get(anna, talk)["title"] == "Assistant"
    assert "Roses and iron" not in str(database.query("select payload from palaver.events"))
    assert said("thread.updated")[-1]["summary"]["title"] is None
    assert said("conversation.updated")[-1]["conversation"]["title"] == "Assistant"


def test_what_is_deleted_while_it_is_named_stays_in_no_title(anna: str, talk: str) -> None:
    root, answer = answered(anna, talk)
    titles.request(answer)
    [row] = answers.claim(5, 60)
    begun = titles.begin(row["lease"])
    assert begun
    messages.delete(anna, root["id"])
    assert titles.finish(row["lease"], "Roses and iron", [m["id"] for m in begun["said"]])
    assert title_of(anna, root["id"]) is None and conversations.get(anna, talk)["title"] == "Assistant"


def test_titles_wait_behind_answers(anna: str, talk: str, database: Database) -> None:
    _, answer = answered(anna, talk)
    titles.request(answer)
    post(anna, talk, "another question")
    database.query("update palaver.providers set max_concurrent = 1")
    [row] = answers.claim(5, 60)
    assert row["kind"] == "answer" and answers.claim(5, 60) == []
    answers.finish(row["lease"], "so", "stop", None, None, None)
    assert [row["kind"] for row in answers.claim(5, 60)] == ["title"]


def test_a_title_whose_writer_dies_is_given_up_quietly(anna: str, talk: str, database: Database) -> None:
    root, answer = answered(anna, talk)
    titles.request(answer)
    for _ in range(3):
        [row] = answers.claim(5, 60)
        database.query("update palaver.jobs set lease_expires_at = now() - interval '1 second'")
        assert answers.reap() == 1
    assert answers.claim(5, 60) == [] and not titles.finish(row["lease"], "late", [])
    assert title_of(anna, root["id"]) is None and not said("error")
    assert messages.get(anna, answer)["status"] == "complete"
