from __future__ import annotations

import pytest

from app.core import errors
from app.models import answers, conversations, messages, threads, users
from tests.databases import Database
from tests.procs.conftest import post, reply


def edit(actor: str, message: str, content: str, mentions: tuple[str, ...] = (), everybody: bool = False) -> dict:
    return messages.edit(actor, message, content, list(mentions), everybody, False)


def kinds(database: Database, topic: str) -> list[str]:
    return [k for (k,) in database.query("select kind from palaver.events where topic_id = %s order by seq", topic)]


def test_an_edit_keeps_what_was_there_before(anna: str, bob: str, group: str, database: Database) -> None:
    message = post(anna, group, "one")
    assert edit(anna, message["id"], "two @bob", ("bob",))["mentions"][0]["username"] == "bob"
    edited = edit(anna, message["id"], "three")
    assert (edited["content"], edited["mentions"], edited["seq"]) == ("three", [], message["seq"])
    first, second = messages.history(bob, message["id"])
    assert [first["n"], first["content"], second["n"], second["content"]] == [1, "one", 2, "two @bob"]
    assert first["written_at"] == message["created_at"] and second["written_at"] == first["edited_at"]
    assert second["edited_at"] == edited["edited_at"]
    assert kinds(database, group)[-2:] == ["message.updated"] * 2
    [(payload,)] = database.query(
        "select payload from palaver.events where kind = 'message.updated' order by pos limit 1"
    )
    assert payload["message"]["content"] == "two @bob" and payload["root_id"] == message["root_id"]


def test_the_same_text_changes_nothing(anna: str, group: str, database: Database) -> None:
    message = post(anna, group, "one")
    before = kinds(database, group)
    assert edit(anna, message["id"], "one")["edited_at"] is None
    assert messages.history(anna, message["id"]) == [] and kinds(database, group) == before


def test_who_may_not_edit(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    message = post(bob, group, "one")
    for actor, refusal in ((anna, errors.Forbidden), (carol, errors.NotFound)):
        with pytest.raises(refusal):
            edit(actor, message["id"], "mine")
    with pytest.raises(errors.Invalid):
        edit(bob, message["id"], " \n")
    with pytest.raises(errors.NotFound):
        messages.history(carol, message["id"])
    database.query("update palaver.conversations set archived_at = now() where id = %s", group)
    with pytest.raises(errors.Conflict):
        edit(bob, message["id"], "late")
    database.query("update palaver.conversations set archived_at = null")
    database.query("update palaver.members set role = 'viewer' where user_id = %s", bob)
    with pytest.raises(errors.Forbidden):
        edit(bob, message["id"], "as a viewer")
    assert messages.get(bob, message["id"])["content"] == "one"


def test_an_edit_asks_nobody_and_is_charged(anna: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "Talk", [], None)["id"]
    question = post(anna, talk, "one")
    edit(anna, question["id"], "two")
    assert database.query("select count(*) from palaver.jobs") == [(1,)]
    database.query(
        'update palaver.limit_profiles set params = \'{"requests_per_second": 0.001, "burst": 1}\''
        " where name = 'conversation.post'"
    )
    assert messages.edit(anna, question["id"], "three", [], False, True)["content"] == "three"
    with pytest.raises(errors.RateLimited):
        messages.edit(anna, question["id"], "four", [], False, True)


def test_everybody_of_a_large_conversation_is_called_by_who_runs_it(
    anna: str, bob: str, group: str, database: Database
) -> None:
    def call(actor: str) -> dict:
        return messages.post(actor, group, None, "@all", None, [], False, True)

    called = call(bob)
    assert called["mentions_all"] is True and called["mentions"] == []
    database.query(
        "with made as (insert into palaver.users (username, display_name) select 'crowd' || n, 'Crowd' from"
        " generate_series(1, 60) n returning id)"
        " insert into palaver.members (conversation_id, user_id) select %s, id from made",
        group,
    )
    with pytest.raises(errors.Forbidden, match="by name"):
        call(bob)
    assert call(anna)["mentions_all"] is True
    assert edit(bob, called["id"], "still @all", everybody=True)["mentions_all"] is True
    plain = post(bob, group, "hello")
    with pytest.raises(errors.Forbidden):
        edit(bob, plain["id"], "@all", everybody=True)


def test_an_answer_of_a_model_mentions_nobody(anna: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "Talk", [], None)["id"]
    post(anna, talk)
    [job] = answers.claim(1, 10)
    answers.finish(job["lease"], "@all and @anna", "stop", None, None, None)
    found = messages.get(anna, job["message_id"])
    assert (found["content"], found["mentions"], found["mentions_all"]) == ("@all and @anna", [], False)
    assert found["requested_by"] == anna


def test_a_thread_has_a_title(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    root = post(bob, group, "about roses")
    assert threads.rename(bob, root["id"], "  Roses ")["title"] == "Roses"
    assert threads.rename(anna, root["id"], "Roses!")["title"] == "Roses!"
    before = kinds(database, group)
    assert before[-2:] == ["thread.updated"] * 2
    assert (
        threads.rename(bob, root["id"], "Roses!")["root_excerpt"] == "about roses" and kinds(database, group) == before
    )
    assert threads.rename(bob, root["id"], " ")["title"] is None
    mine = post(anna, group)
    answer = reply(anna, root["id"])
    dora = users.create("dora", "dora@example.org", None, "hash", "member")["id"]
    for actor, thread, refusal in (
        (bob, mine["id"], errors.Forbidden), (carol, root["id"], errors.NotFound), (dora, root["id"], errors.NotFound),
        (anna, answer["id"], errors.NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            threads.rename(actor, thread, "Mine")
