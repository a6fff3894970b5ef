from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from app.core import errors
from app.core.events import KINDS, SERVER_TOPIC
from app.models import conversations, events, model_status, sessions, users
from tests.databases import Database
from tests.procs.conftest import post, reply


def test_every_event_is_declared(anna: str, bob: str, group: str, database: Database) -> None:
    post(anna, conversations.create(anna, "assistant", "x", [], None)["id"])
    post(anna, group)
    sessions.create(bob, b"1" * 32, "", None, 60, 60, 5, "password")
    users.disable("bob", True)
    logged = events.log_after(0, 100)
    assert {e["kind"] for e in logged} >= {"message.new", "thread.new", "membership.changed", "session.revoked"}
    for event in logged:
        kind = KINDS[event["kind"]]
        assert kind.durable and set(event["payload"]) == set(kind.payload), event["kind"]


def test_positions_have_no_holes_when_many_publish_at_once(anna: str, group: str, database: Database) -> None:
    root = post(anna, group)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: reply(anna, root["id"], str(n)), range(50)))
    logged = events.log_after(0, 500)
    assert [e["pos"] for e in logged] == list(range(1, len(logged) + 1))
    assert events.head()["pos"] == len(logged)
    assert database.query("select count(*) from palaver.outbox") == [(0,)]


def test_passing_events_are_not_logged(database: Database) -> None:
    before = events.head()["pos"]
    model_status.set_status("m", "fetching", "", 1, 2)
    assert events.head()["pos"] == before
    assert database.query("select count(*) from palaver.outbox") == [(0,)]
    assert model_status.get_status()["done_bytes"] == 1


def test_a_stream_begins_where_the_client_was(anna: str, bob: str, group: str) -> None:
    root = post(anna, group)
    state = events.open_stream(bob, group, None, None, 100)
    assert state["topics"] == [group] and state["events"] == [] and state["resync"] is None
    reply(anna, root["id"], "missed")
    again = events.open_stream(bob, group, state["epoch"], state["pos"], 100)
    assert [e["payload"]["message"]["content"] for e in again["events"]] == ["missed"]
    everything = events.open_stream(bob, None, state["epoch"], state["pos"], 100)
    assert [e["pos"] for e in everything["events"]] == [e["pos"] for e in again["events"]]
    assert set(everything["topics"]) == {group, bob, SERVER_TOPIC}


def test_positions_that_cannot_be_continued_say_so(anna: str, group: str) -> None:
    root = post(anna, group)
    epoch, pos = (events.head()[k] for k in ("epoch", "pos"))
    assert events.open_stream(anna, group, "other", 1, 10)["resync"] == "epoch"
    assert events.open_stream(anna, group, epoch, pos + 1, 10)["resync"] == "future"
    for n in range(12):
        reply(anna, root["id"], str(n))
    assert events.open_stream(anna, group, epoch, pos, 10)["resync"] == "behind"
    assert len(events.open_stream(anna, group, epoch, pos, 12)["events"]) == 12


def test_pruned_events_give_a_resync(anna: str, group: str, database: Database) -> None:
    post(anna, group)
    head = events.head()
    database.query("update palaver.events set created_at = now() - interval '3 hours' where pos < %s", head["pos"])
    assert events.prune(2, 1000, 100) == head["pos"] - 1
    assert events.open_stream(anna, group, head["epoch"], 0, 10)["resync"] == "pruned"
    assert events.open_stream(anna, group, head["epoch"], head["pos"] - 1, 10)["resync"] is None


def test_pruning_waits_for_nobody(anna: str, group: str, database: Database) -> None:
    """Who deletes a message holds the server's row and may wait for an event that is being pruned."""
    post(anna, group)
    old = "update palaver.events set created_at = now() - interval '3 hours' where pos = (select min(pos) from palaver.events)"
    database.query(old)
    with closing(psycopg2.connect(database.owner)) as other, other.cursor() as cursor:
        cursor.execute("select from palaver.server for update")
        assert events.prune(2, 1000, 100) == 1
        database.query(old)
        cursor.execute("select api.event_prune(48, 1000, 100)")
        assert events.prune(2, 1000, 100) == 0  # one at a time
        other.rollback()
    assert events.prune(2, 1000, 100) == 1


def test_who_missed_something_that_is_gone_is_told_and_nobody_else(
    anna: str, bob: str, group: str, database: Database
) -> None:
    other = conversations.create(anna, "group", "Busy", [], None)["id"]
    roots = {place: post(anna, place)["id"] for place in (group, other)}
    for n in range(60):
        reply(anna, roots[other if n % 4 else group], str(n))
    log = [(e["pos"], e["topic"]) for e in events.log_after(0, 500)]
    epoch, last = events.head()["epoch"], log[-1][0]
    assert events.open_stream(bob, group, epoch, 0, 500)["resync"] is None
    steps = 0
    for most in (40, 20, 5):
        while gone := events.prune(48, most, 7):
            steps += 1
            kept = {e["pos"] for e in events.log_after(0, 500)}
            assert gone <= 7 and len(kept) < len(log)
            for reader, place in ((anna, other), (anna, group), (bob, None)):
                for since in range(0, last + 1, 3):
                    state = events.open_stream(reader, place, epoch, since, 500)
                    missed = [pos for pos, topic in log if pos > since and topic in state["topics"]]
                    whole = kept.issuperset(missed)
                    assert state["resync"] == (None if whole else "pruned"), (place, since)
                    assert [e["pos"] for e in state["events"]] == (missed if whole else [])
    assert steps > 5
    assert database.query("select max(count) from (select count(*) from palaver.events group by topic_id) c") == [(5,)]
    assert events.head()["pruned_pos"] == max(pos for pos, _ in log if pos not in kept)


def test_the_text_so_far_is_for_members(anna: str, bob: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "x", [], None)["id"]
    post(anna, talk)
    [(answer,)] = database.query("select id::text from palaver.messages where role = 'assistant'")
    for idx, text in enumerate(("Hel", "lo", "never")):
        database.query("insert into palaver.message_chunks values (%s, %s, %s)", answer, idx + (idx == 2), text)
    [grown] = events.growing(anna, [answer])
    assert grown["message_id"] == answer and grown["conversation_id"] == talk
    assert (grown["content"], grown["next_idx"]) == ("Hello", 2)
    assert events.open_stream(anna, talk, None, None, 1)["growing"] == [grown]
    assert events.growing(bob, [answer]) == [] and events.growing(anna, []) == []
    database.query("update palaver.messages set status = 'complete' where id = %s", answer)
    assert events.growing(anna, [answer]) == []


def test_strangers_hear_nothing(carol: str, anna: str, group: str) -> None:
    post(anna, group)
    with pytest.raises(errors.NotFound):
        events.open_stream(carol, group, None, None, 10)
    state = events.open_stream(carol, None, events.head()["epoch"], 0, 100)
    assert state["events"] == []


def begin(user: str, token_hash: bytes) -> dict[str, Any]:
    return sessions.create(user, token_hash, "agent", "127.0.0.1", 60, 600, 2, "password")["session"]


def test_sessions_end_with_their_user(bob: str) -> None:
    made = [
        sessions.create(bob, bytes([n]) * 32, "agent", "127.0.0.1", 60, 600, 2, "password")["session"]["id"]
        for n in range(3)
    ]
    assert set(sessions.alive(made)) == set(made[1:])
    assert sessions.load(b"\x02" * 32, "", None, False)["user"]["id"] == bob
    assert len(sessions.living("bob")) == 2
    assert sessions.revoke(made[1], None) == 1
    assert sessions.end(bob, made[2]) and not sessions.end(bob, made[2])
    assert sessions.prune() == 3


def test_sessions_run_out_and_slide(bob: str, database: Database) -> None:
    sessions.create(bob, b"a" * 32, "", None, 3600, 7200, 5, "password")
    database.query(
        "update palaver.sessions set last_seen_at = now() - interval '50 minutes', expires_at = now() + interval '10 minutes'"
    )
    assert sessions.load(b"a" * 32, "", None, False) is not None
    [(slid,)] = database.query("select expires_at > now() + interval '59 minutes' from palaver.sessions")
    assert slid
    database.query("update palaver.sessions set expires_at = now() - interval '1 second'")
    assert sessions.load(b"a" * 32, "", None, False) is None


def test_credentials_and_rehash(bob: str) -> None:
    assert users.credentials("BOB")["id"] == users.credentials("bob@EXAMPLE.org")["id"] == bob
    assert users.credentials("nobody") is None
    assert users.rehash(bob, "hash", "new") and not users.rehash(bob, "hash", "newer")
    assert [u["username"] for u in users.all_users()] == ["palaver", "bob"]
    with pytest.raises(errors.Conflict):
        users.create("Bob", "other@example.org", None, "h", "member")
    with pytest.raises(errors.Invalid):
        users.create("-bob", "third@example.org", None, "h", "member")


def test_the_first_account_is_made_once() -> None:
    assert users.setup_done() is False

    def try_setup(n: int) -> bool:
        try:
            return users.setup(f"u{n}", f"u{n}@example.org", "h")["role"] == "admin"
        except errors.Conflict:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_setup, range(8))) == 1
    assert users.setup_done() is True


def test_old_pieces_are_pruned_also_behind_young_ones(anna: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "x", [], None)["id"]
    post(anna, talk)
    post(anna, talk)
    [(young,), (old,)] = database.query("select id from palaver.messages where role = 'assistant' order by seq")
    database.query("insert into palaver.message_chunks select %s, n, 'x' from generate_series(0, 2999) n", young)
    database.query("insert into palaver.message_chunks select %s, n, 'x' from generate_series(0, 99) n", old)
    database.query("update palaver.messages set status = 'complete'")
    database.query("update palaver.messages set created_at = now() - interval '9 days' where id = %s", old)
    assert events.prune(48, 1000, 1000) == 100
    assert database.query("select distinct message_id from palaver.message_chunks") == [(young,)]
