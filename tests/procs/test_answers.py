from __future__ import annotations

from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, events, messages
from tests.databases import Database
from tests.procs.conftest import post, reply


@pytest.fixture
def talk(anna: str) -> str:
    """A conversation of anna with the assistant."""
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


def claimed() -> dict[str, Any]:
    [row] = answers.claim(5, 10)
    return row


def piece(row: dict[str, Any], idx: int, content: str) -> dict[str, Any]:
    keys = ("lease", "conversation_id", "root_id", "message_id")
    return {k: row[k] for k in keys} | {"idx": idx, "content": content}


def expire(database: Database) -> None:
    database.query("update palaver.jobs set lease_expires_at = now() - interval '1 second'")


def test_a_question_brings_an_empty_answer_and_one_job(anna: str, talk: str) -> None:
    question = post(anna, talk)
    row = claimed()
    answer = messages.get(anna, row["message_id"])
    assert (answer["status"], answer["content"], answer["parent_id"]) == ("streaming", "", question["id"])
    assert answers.claim(5, 10) == []


def test_an_answer_grows_and_ends(anna: str, talk: str) -> None:
    post(anna, talk)
    row = claimed()
    assert answers.append([piece(row, 0, "Hel"), piece(row, 1, "lo")]) == []
    assert messages.get(anna, row["message_id"])["content"] == "Hello"
    assert events.pieces(row["message_id"], 0, 9) == [{"idx": 0, "content": "Hel"}, {"idx": 1, "content": "lo"}]
    assert answers.finish(row["lease"], "Hello.", "stop", "m", {"total_tokens": 3}, None)
    done = messages.get(anna, row["message_id"])
    assert (done["content"], done["status"], done["usage"]) == ("Hello.", "complete", {"total_tokens": 3})
    assert [c["content"] for c in messages.chunks(anna, row["message_id"], 1, 9)] == ["lo"]
    assert not answers.finish(row["lease"], "again", "stop", "m", None, None)


def test_text_after_a_missing_piece_is_not_shown_yet(anna: str, talk: str) -> None:
    post(anna, talk)
    row = claimed()
    answers.append([piece(row, 0, "a"), piece(row, 2, "c")])
    assert messages.get(anna, row["message_id"])["content"] == "a"
    state = events.open_stream(anna, talk, None, None, 10)
    assert [(g["content"], g["next_idx"]) for g in state["growing"]] == [("a", 1)]
    answers.append([piece(row, 0, "a"), piece(row, 1, "b"), piece(row, 2, "c")])
    assert messages.get(anna, row["message_id"])["content"] == "abc"


def test_who_lost_the_lease_can_write_nothing(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    old = claimed()
    expire(database)
    assert answers.reap() == 1
    new = claimed()
    assert new["message_id"] == old["message_id"] and new["lease"] != old["lease"]
    assert answers.append([piece(old, 0, "zombie")]) == [old["lease"]]
    assert messages.get(anna, new["message_id"])["content"] == ""
    assert answers.heartbeat([old["lease"], new["lease"]], 10) == {"cancelled": [], "lost": [old["lease"]]}


def test_a_dead_writer_s_answer_keeps_its_text(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    row = claimed()
    answers.append([piece(row, 0, "so far")])
    expire(database)
    assert answers.reap() == 1
    ended = messages.get(anna, row["message_id"])
    assert (ended["content"], ended["status"], ended["finish_reason"]) == ("so far", "interrupted", "interrupted")
    assert ended["error"]["code"] == "PV.ANSWER.INTERRUPTED"


def test_an_answer_that_kills_its_writer_is_not_tried_for_ever(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    for _ in range(3):
        claimed()
        expire(database)
        answers.reap()
    assert answers.claim(5, 10) == []
    [(status,)] = database.query("select status from palaver.messages where role = 'assistant'")
    assert status == "interrupted"


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(anna: str, talk: str) -> None:
    post(anna, talk)
    assert answers.release(claimed()["lease"])
    row = claimed()
    answers.append([piece(row, 0, "x")])
    assert not answers.release(row["lease"])


def test_cancel_before_it_begins_ends_it(anna: str, talk: str) -> None:
    post(anna, talk)
    [answer] = [m for m in events.log_after(0, 100) if m["kind"] == "message.new"][-1:]
    ended = messages.cancel(anna, answer["payload"]["message"]["id"])
    assert (ended["status"], ended["finish_reason"]) == ("interrupted", "cancelled")
    assert answers.claim(5, 10) == []
    assert messages.cancel(anna, ended["id"]) == ended


def test_cancel_while_it_grows_is_told_to_the_writer(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    row = claimed()
    messages.cancel(anna, row["message_id"])
    assert answers.heartbeat([row["lease"]], 10)["cancelled"] == [row["lease"]]
    expire(database)
    answers.reap()
    assert messages.get(anna, row["message_id"])["finish_reason"] == "cancelled"


def test_only_who_asked_or_runs_the_conversation_may_cancel(
    anna: str, bob: str, carol: str, database: Database
) -> None:
    [(robot,)] = database.query("select id::text from palaver.users where kind = 'assistant'")
    group = conversations.create(anna, "group", "G", [bob, carol, robot], None)["id"]
    post(bob, group, "@palaver hi", mentions=["palaver"])
    row = claimed()
    with pytest.raises(errors.Forbidden):
        messages.cancel(carol, row["message_id"])
    messages.cancel(anna, row["message_id"])
    with pytest.raises(errors.Invalid):
        messages.cancel(bob, row["root_id"])


def test_in_a_group_the_assistant_answers_only_when_mentioned(anna: str, bob: str, database: Database) -> None:
    [(robot,)] = database.query("select id::text from palaver.users where kind = 'assistant'")
    group = conversations.create(anna, "group", "G", [bob, robot], None)["id"]
    root = post(bob, group)
    assert answers.claim(5, 10) == []
    reply(bob, root["id"], "@palaver help", mentions=["palaver"])
    assert len(answers.claim(5, 10)) == 1


def test_a_question_under_a_growing_answer_is_refused(anna: str, talk: str) -> None:
    post(anna, talk)
    row = claimed()
    with pytest.raises(errors.Conflict):
        reply(anna, row["message_id"])
    with pytest.raises(errors.Conflict):
        messages.regenerate(anna, row["message_id"])
    answers.finish(row["lease"], "done", "stop", None, None, None)
    assert messages.regenerate(anna, row["message_id"])["siblings"] == {"index": 1, "count": 2}


def test_the_context_is_the_chain_of_ancestors(anna: str, talk: str, database: Database) -> None:
    root = post(anna, talk, "one")
    first = claimed()
    answers.finish(first["lease"], "answer one", "stop", None, None, None)
    reply(anna, root["id"], "another branch")
    answers.claim(5, 10)
    reply(anna, first["message_id"], "two")
    row = claimed()
    said = [t["content"] for t in answers.context(row["lease"], 10_000)["turns"]]
    assert said == ["one", "answer one", "two"]
    assert [t["content"] for t in answers.context(row["lease"], 20)["turns"]] == ["answer one", "two"]
    database.query("update palaver.messages set deleted_at = now() where content = 'one'")
    assert [t["content"] for t in answers.context(row["lease"], 10_000)["turns"]] == ["answer one", "two"]
    assert answers.context("00000000-0000-0000-0000-000000000001", 10) is None
