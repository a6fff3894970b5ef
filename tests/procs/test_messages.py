from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import errors
from app.models import conversations, messages, threads
from tests.databases import Database
from tests.procs.conftest import post, reply


def test_a_chain_of_a_thousand_and_more(anna: str, group: str) -> None:
    message = post(anna, group)
    for _ in range(1_050):
        message = reply(anna, message["id"])
    assert message["depth"] == 1_051
    assert threads.tree(anna, message["root_id"], None, None, 3)["items"][-1]["id"] == message["id"]


def test_ten_thousand_messages_are_read_page_by_page(anna: str, group: str, database: Database) -> None:
    root = post(anna, group)
    database.query(
        "insert into palaver.messages (conversation_id, root_id, parent_id, seq, depth, ordinal, author_id, role, content)"
        " select conversation_id, id, id, 1000 + n, 2, n, author_id, 'user', 'm' || n"
        " from palaver.messages, generate_series(0, 9999) as n where id = %s",
        root["id"],
    )
    seen, after = [], 0
    while after is not None:
        page = threads.tree(anna, root["id"], after, None, 500)
        seen += [m["content"] for m in page["items"]]
        after = page["next"] and int(page["next"])
    assert seen == ["hello", *[f"m{n}" for n in range(10_000)]]
    newest = threads.tree(anna, root["id"], None, None, 50)
    assert [newest["items"][0]["content"], newest["items"][-1]["content"]] == ["m9950", "m9999"]
    earlier = threads.tree(anna, root["id"], None, int(newest["previous"]), 50)
    assert earlier["items"][-1]["content"] == "m9949"
    assert newest["items"][0]["siblings"] == {"index": 9950, "count": 10_000}


def test_a_retry_with_the_same_client_id_emits_nothing(anna: str, group: str, database: Database) -> None:
    client_id = str(uuid.uuid4())
    first = post(anna, group, client_id=client_id)
    before = database.query("select count(*) from palaver.events")
    assert post(anna, group, client_id=client_id)["id"] == first["id"]
    assert reply(anna, first["id"], client_id=client_id)["id"] == first["id"]
    assert database.query("select count(*) from palaver.events") == before


def test_two_retries_at_once_make_one_message(anna: str, group: str, database: Database) -> None:
    client_id = str(uuid.uuid4())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: post(anna, group, client_id=client_id)["id"], range(8)))
    assert len(set(made)) == 1
    assert database.query("select count(*) from palaver.messages") == [(1,)]


def test_posting_at_once_numbers_without_holes(anna: str, bob: str, group: str, database: Database) -> None:
    root = post(anna, group)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: reply((anna, bob)[n % 2], root["id"], str(n)), range(60)))
    events = database.query("select seq from palaver.events where topic_id = %s order by pos", group)
    assert [seq for (seq,) in events] == list(range(1, len(events) + 1))
    ordinals = database.query("select ordinal from palaver.messages where parent_id = %s order by seq", root["id"])
    assert [o for (o,) in ordinals] == list(range(60))
    assert threads.page(anna, group, None, 1)["items"][0]["message_count"] == 61


def test_strangers_cannot_tell_what_exists(anna: str, carol: str, group: str) -> None:
    message = post(anna, group)
    for forbidden in (
        lambda: conversations.get(carol, group),
        lambda: threads.page(carol, group, None, 10),
        lambda: threads.tree(carol, message["id"], None, None, 10),
        lambda: messages.get(carol, message["id"]),
        lambda: messages.chunks(carol, message["id"], 0, 10),
        lambda: reply(carol, message["id"]),
        lambda: post(carol, group),
        lambda: messages.cancel(carol, message["id"]),
        lambda: messages.regenerate(carol, message["id"]),
    ):
        with pytest.raises(errors.NotFound):
            forbidden()


def test_viewers_and_read_only_users_read_but_do_not_write(anna: str, bob: str, group: str, database: Database) -> None:
    message = post(anna, group)
    database.query("update palaver.members set role = 'viewer' where user_id = %s", bob)
    assert messages.get(bob, message["id"])["content"] == "hello"
    with pytest.raises(errors.Forbidden):
        reply(bob, message["id"])
    database.query("update palaver.members set role = 'member' where user_id = %s", bob)
    database.query("update palaver.users set role = 'read_only' where id = %s", bob)
    with pytest.raises(errors.Forbidden):
        reply(bob, message["id"])
    with pytest.raises(errors.Forbidden):
        conversations.create(bob, "group", "Mine", [], None)


def test_nothing_is_posted_when_it_is_empty_or_the_conversation_is_archived(
    anna: str, group: str, database: Database
) -> None:
    for nothing in ("", "  \n\t "):
        with pytest.raises(errors.Invalid):
            post(anna, group, nothing)
    database.query("update palaver.conversations set archived_at = now() where id = %s", group)
    with pytest.raises(errors.Conflict):
        post(anna, group)


def test_a_deleted_message_has_no_text(anna: str, group: str, database: Database) -> None:
    message = post(anna, group, "secret")
    database.query("update palaver.messages set deleted_at = now() where id = %s", message["id"])
    assert messages.get(anna, message["id"])["content"] is None
    assert messages.chunks(anna, message["id"], 0, 10) == []
    assert threads.page(anna, group, None, 10)["items"][0]["root_excerpt"] is None


def test_a_reply_cannot_be_a_root_of_a_tree(anna: str, group: str) -> None:
    answer = reply(anna, post(anna, group)["id"])
    with pytest.raises(errors.NotFound):
        threads.tree(anna, answer["id"], None, None, 10)


def test_a_client_id_belongs_to_one_conversation(anna: str, group: str) -> None:
    other, client_id = conversations.create(anna, "group", "Other", [], None)["id"], str(uuid.uuid4())
    post(anna, group, "here", client_id=client_id)
    with pytest.raises(errors.Conflict, match="client_id"):
        post(anna, other, "there", client_id=client_id)


def test_the_same_client_id_in_two_conversations_at_once_is_a_conflict(anna: str, group: str) -> None:
    other = conversations.create(anna, "group", "Other", [], None)["id"]

    def attempt(n: int) -> bool:
        try:
            return bool(post(anna, (group, other)[n % 2], str(n), client_id=f"01990000-0000-7000-8000-{n // 2:012}"))
        except errors.Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(40))) == 20
