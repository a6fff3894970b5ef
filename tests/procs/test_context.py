"""What a model is given of a thread, and what people are told of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from app.models import answers, conversations, members, messages
from tests.databases import Database
from tests.procs.conftest import post, reply


@pytest.fixture
def talk(anna: str) -> str:
    """A conversation of anna with the assistant."""
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


def asked() -> dict[str, Any]:
    [row] = answers.claim(5, 60)
    return row


def answered(text: str) -> dict[str, Any]:
    row = asked()
    assert answers.finish(row["lease"], text, "stop", None, None, None)
    return row


def context(row: dict[str, Any], most: int = 10_000) -> dict[str, Any]:
    found = answers.context(row["lease"], most)
    assert found is not None
    return found


def texts(found: dict[str, Any]) -> list[str]:
    return [turn["content"] for turn in found["turns"]]


def test_the_branch_and_nothing_beside_it(anna: str, talk: str) -> None:
    root = post(anna, talk, "root")
    first = answered("one")
    messages.regenerate(anna, first["message_id"])
    answered("another one")
    reply(anna, first["message_id"], "and then?")
    post(anna, talk, "another thread")
    row = answers.claim(5, 60)[0]
    assert texts(context(row)) == ["root", "one", "and then?"] and context(row)["beyond"] == 0
    assert root["id"]


def test_what_was_deleted_is_neither_given_nor_counted(anna: str, talk: str) -> None:
    gone = post(anna, talk, "secret")
    first = answered("fine")
    second = reply(anna, first["message_id"], "next")
    third = answered("good")
    messages.delete(anna, gone["id"])
    messages.delete(anna, second["id"])
    reply(anna, third["message_id"], "last")
    row = asked()
    assert texts(context(row)) == ["fine", "good", "last"]
    assert texts(context(row, 1)) == ["last"] and context(row, 1)["beyond"] == 2


def test_ten_thousand_ancestors_are_bounded_and_counted(anna: str, talk: str, database: Database) -> None:
    root = post(anna, talk, "root")
    last = answered("first")["message_id"]
    database.query(
        "with recursive made as (select 1 as n, palaver.new_id() as id, %s::uuid as parent union all"
        " select n + 1, palaver.new_id(), id from made where n < 10000),"
        " written as (insert into palaver.messages"
        " (id, conversation_id, root_id, parent_id, seq, depth, author_id, role, content)"
        " select id, %s, %s, parent, 1000 + n, 2 + n, %s, 'user', 'word ' || n from made returning id)"
        " select count(*) from written",
        last,
        talk,
        root["id"],
        anna,
    )
    database.query("update palaver.topics set seq = 20000 where id = %s", talk)
    [(end,)] = database.query("select id::text from palaver.messages order by seq desc limit 1")
    reply(anna, end, "well?")
    found = context(asked(), 3_000)
    assert texts(found)[-1] == "well?" and 100 < len(found["turns"]) < 200
    assert len(found["turns"]) + found["beyond"] == 10_003


def test_an_answer_is_told_nothing_of_other_conversations(anna: str, bob: str, carol: str, group: str) -> None:
    direct = conversations.create(anna, "direct", None, [carol], None)["id"]
    post(anna, direct, "between us")
    [helper] = [m["id"] for m in conversations.get(anna, conversations.create(anna, "assistant", "T", [], None)["id"])[
        "participants"] if m["kind"] == "assistant"]  # fmt: skip
    members.add(anna, group, helper, "member")
    post(bob, group, "@palaver what did anna say?", mentions=["palaver"])
    row = asked()
    assert texts(context(row)) == ["@palaver what did anna say?"]
    assert row["conversation_id"] == group and "between us" not in str(context(row))


def test_what_was_left_out_is_said_at_the_answer_alone(anna: str, talk: str) -> None:
    question = post(anna, talk, "root")
    row = asked()
    assert "context" not in messages.get(anna, row["message_id"])
    assert answers.left_out(row["lease"], {"given": 3, "dropped": 12})
    answers.finish(row["lease"], "text", "stop", None, None, None)
    assert messages.get(anna, row["message_id"])["context"] == {"given": 3, "dropped": 12}
    assert "context" not in messages.get(anna, question["id"])
    assert not answers.left_out(row["lease"], {"given": 1, "dropped": 1})
