"""What a reader missed is told to him alone, of what he may read, and of nothing that was deleted."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import NotFound
from app.models import (
    answers,
    assistants,
    conversations,
    events,
    members,
    messages,
    model_catalogue,
    providers,
    summaries,
    unread,
)
from tests.databases import Database
from tests.procs.conftest import post, reply


def ask(actor: str, conversation: str, root: str | None = None, after: int | None = None) -> dict[str, Any]:
    return summaries.request(actor, conversation, root, after)


def begun() -> tuple[str, dict[str, Any]]:
    """The lease and what it is made of."""
    [row] = answers.claim(5, 60)
    assert row["kind"] == "summary"
    found = summaries.begin(row["lease"])
    assert found is not None
    return row["lease"], found


def said(found: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(one["n"], one["author"], one["content"]) for one in found["said"]]


@pytest.fixture
def talk(anna: str, bob: str, group: str) -> str:
    """Bob said three things that anna has not read."""
    root = post(bob, group, "one")
    reply(bob, root["id"], "two")
    post(bob, group, "three")
    return group


def test_what_others_said_is_numbered_from_the_oldest_on(anna: str, bob: str, talk: str) -> None:
    post(anna, talk, "my own")
    asked = ask(anna, talk)
    assert (asked["state"], asked["missed"], asked["content"], asked["dropped"]) == ("waiting", 3, "", 0)
    assert ask(anna, talk)["id"] == asked["id"] and ask(bob, talk)["missed"] == 1
    [first, second] = answers.claim(5, 60)
    found = summaries.begin(first["lease"])
    assert found and said(found) == [(1, "bob", "one"), (2, "bob", "two"), (3, "bob", "three")]
    assert (found["reader"], found["user_id"]) == ("anna", anna)
    assert second["asked"]["model"]["name"] == "local"


def test_it_grows_and_ends_and_its_reader_alone_is_told(anna: str, bob: str, talk: str) -> None:
    ask(anna, talk)
    lease, _ = begun()
    assert summaries.write(lease, "- one [1]") and summaries.get(anna, talk, None)["state"] == "writing"
    assert summaries.get(anna, talk, None)["content"] == "- one [1]"
    assert summaries.finish(lease, "- one [1] [3] [9]", 1, None)
    done = summaries.get(anna, talk, None)
    assert (done["state"], done["content"]) == ("done", "- one [1] [3] [9]") and done["finished_at"]
    assert [(source["n"], source["author"]["username"]) for source in done["sources"]] == [(1, "bob"), (3, "bob")]
    assert messages.get(anna, done["sources"][0]["message_id"])["content"] == "one"
    [told] = [event for event in events.log_after(0, 500) if event["kind"] == "summary.done"]
    assert told["topic"] == anna and told["payload"] == {"id": done["id"], "conversation_id": talk, "root_id": None}
    assert summaries.get(bob, talk, None)["state"] == "none"
    assert not summaries.write(lease, "late") and not summaries.finish(lease, "late", 1, None)


def test_in_a_thread_only_that_and_from_where_the_page_began(anna: str, talk: str) -> None:
    root = unread.get(anna, talk)["threads"][0]["root_id"]
    first = messages.get(anna, root)
    unread.read_thread(anna, root, None)
    assert ask(anna, talk, root)["state"] == "none"
    assert ask(anna, talk, root, first["seq"] - 1)["missed"] == 2
    assert ask(anna, talk)["missed"] == 1
    with pytest.raises(NotFound):
        ask(anna, conversations.create(anna, "group", "Other", [], None)["id"], root)


def test_the_model_of_the_chosen_assistant_is_asked(anna: str, talk: str) -> None:
    there = {"name": "A", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"}
    server = providers.create(anna, providers.new_id(), there, None)["id"]
    made = []
    for name in ("first", "second"):
        model = model_catalogue.create(anna, server, {"name": name})["id"]
        made.append(assistants.create(anna, {"username": name, "model_id": model})["id"])
        members.add(anna, talk, made[-1], "member")
    for chosen, name in ((None, "first"), (made[1], "second")):
        conversations.update(anna, talk, None, None, {"assistant_id": chosen})
        ask(anna, talk)
        [row] = answers.claim(5, 60)
        assert row["asked"]["model"]["name"] == name
        assert summaries.finish(row["lease"], "told", 1, None)


def test_nothing_unread_asks_no_model(anna: str, talk: str) -> None:
    unread.read_conversation(anna, talk)
    assert ask(anna, talk)["state"] == "none" and answers.claim(5, 60) == []


def test_of_very_many_the_newest_are_taken_and_the_others_counted(anna: str, bob: str, group: str) -> None:
    for n in range(303):
        post(bob, group, f"m{n}")
    asked = ask(anna, group)
    assert (asked["missed"], asked["dropped"]) == (303, 3)
    lease, found = begun()
    assert said(found)[0] == (1, "bob", "m3") and said(found)[-1] == (300, "bob", "m302")
    summaries.finish(lease, "- [1] [2] [3]", 3, None)
    done = summaries.get(anna, group, None)
    assert done["dropped"] == 5 and [source["n"] for source in done["sources"]] == [3]


def test_it_contains_nothing_of_other_conversations(anna: str, bob: str, carol: str, talk: str) -> None:
    direct = conversations.create(bob, "direct", None, [carol], None)["id"]
    post(bob, direct, "between bob and carol")
    mine = conversations.create(bob, "direct", None, [anna], None)["id"]
    post(bob, mine, "between bob and anna")
    ask(anna, talk)
    _, found = begun()
    assert [text for _, _, text in said(found)] == ["one", "two", "three"] and "between" not in str(found)
    for act in (lambda: ask(anna, direct), lambda: summaries.get(anna, direct, None)):
        with pytest.raises(NotFound):
            act()
    assert ask(carol, direct)["missed"] == 1


def test_who_was_removed_reads_none_and_nobody_writes_for_him(anna: str, bob: str, talk: str) -> None:
    post(anna, talk, "for bob")
    ask(bob, talk)
    members.remove(anna, talk, bob)
    [row] = answers.claim(5, 60)
    assert summaries.begin(row["lease"]) is None and answers.claim(5, 60) == []
    with pytest.raises(NotFound):
        summaries.get(bob, talk, None)
    with pytest.raises(NotFound):
        ask(bob, talk)


def test_a_deleted_text_is_in_none_that_is_read_later(anna: str, bob: str, talk: str) -> None:
    ask(anna, talk)
    lease, found = begun()
    summaries.finish(lease, "- Bob said one [1]", 1, None)
    assert summaries.get(anna, talk, None)["state"] == "done"
    deleted = summaries.get(anna, talk, None)["sources"][0]["message_id"]
    messages.delete(bob, deleted)
    gone = summaries.get(anna, talk, None)
    assert (gone["state"], gone["content"], gone["sources"]) == ("outdated", "", [])
    again = ask(anna, talk)
    assert (again["state"], again["missed"]) == ("waiting", 2) and again["id"] != gone["id"]
    _, found = begun()
    assert [text for _, _, text in said(found)] == ["two", "three"]


def test_what_fails_is_said_and_can_be_asked_for_again(anna: str, talk: str) -> None:
    ask(anna, talk)
    lease, _ = begun()
    summaries.finish(lease, "", 1, {"code": "PV.MODEL.X", "message": "away"})
    failed = summaries.get(anna, talk, None)
    assert (failed["state"], failed["error"]["message"]) == ("failed", "away")
    assert ask(anna, talk)["state"] == "waiting"


def test_one_whose_writer_dies_is_given_up(anna: str, talk: str, database: Database) -> None:
    ask(anna, talk)
    for _ in range(3):
        begun()
        database.query("update palaver.jobs set lease_expires_at = now() - interval '1 second'")
        answers.reap()
    assert answers.claim(5, 60) == []
    failed = summaries.get(anna, talk, None)
    assert failed["state"] == "failed" and "ask again" in failed["error"]["message"]
    assert ask(anna, talk)["state"] == "waiting"


def test_they_are_kept_for_a_day(anna: str, talk: str, database: Database) -> None:
    ask(anna, talk)
    assert summaries.prune() == 0
    database.query("update palaver.summaries set created_at = now() - interval '25 hours'")
    assert summaries.get(anna, talk, None)["state"] == "none"
    assert summaries.prune() == 1
    assert [summaries.begin(row["lease"]) for row in answers.claim(5, 60)] == [None]


def test_one_of_yesterday_that_is_still_there_is_in_nobodys_way(anna: str, talk: str, database: Database) -> None:
    first = ask(anna, talk)
    database.query("update palaver.summaries set created_at = now() - interval '25 hours'")
    second = ask(anna, talk)
    assert second["state"] == "waiting" and second["id"] != first["id"]
    assert database.query("select count(*) from palaver.summaries") == [(1,)]
