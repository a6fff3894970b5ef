"""Who is there and who types, over two web processes: who hears it, how often, and what a stream begins with."""

from __future__ import annotations

import os
import signal
import time

from app.models import conversations, presence, users
from bench.readers import Reader, Readers
from tests.databases import Database
from tests.servers import Stack, Visitor, member, wait_for


def statuses(reader: Reader, user: str) -> list[str]:
    return [f.payload["status"] for f in reader.of("presence.update") if f.payload["user_id"] == user]


def places(database: Database, user: str) -> int:
    """In how many processes this user has streams."""
    rows = database.query("select cardinality(places) from palaver.presence where user_id = %s", user)
    return rows[0][0] if rows else 0


def in_the_process_that_is_not(pid: int, readers: Readers, person: Visitor) -> Reader:
    """A stream that the other one of two processes serves."""
    os.kill(pid, signal.SIGSTOP)
    try:
        made = readers.open("/api/stream", person.cookie())
        readers.await_open([made])
        return made
    finally:
        os.kill(pid, signal.SIGCONT)


def test_who_closes_one_of_two_windows_is_not_away(stack: Stack, readers: Readers, database: Database) -> None:
    anna = Visitor(stack.url).set_up()
    bob = member(database, stack.url, "bob")
    anna.converse("group", (bob.id,))
    watcher = readers.open("/api/stream", anna.cookie())
    readers.await_open([watcher])
    first, last = (in_the_process_that_is_not(pid, readers, bob) for pid in stack.web.children())
    wait_for(lambda: places(database, bob.id) == 2, what="both processes said so")
    readers.await_all([watcher], lambda r: statuses(r, bob.id) == ["online"])
    readers.close(first)
    wait_for(lambda: places(database, bob.id) == 1, what="the process without a window of his said so")
    assert statuses(watcher, bob.id) == ["online"]
    readers.close(last)
    readers.await_all([watcher], lambda r: statuses(r, bob.id) == ["online", "away"], 10)
    again = readers.open("/api/stream", bob.cookie())
    readers.await_all([watcher], lambda r: statuses(r, bob.id) == ["online", "away", "online"])
    readers.await_all([again], lambda r: statuses(r, anna.id) == ["online"])
    database.query("update palaver.presence set active_at = now() - interval '46 seconds' where user_id = %s", bob.id)
    readers.await_all([watcher], lambda r: statuses(r, bob.id)[3:] == ["away"], 15)  # the jobs worker looks for silence


def test_each_connection_hears_a_change_once_and_strangers_none(
    stack: Stack, readers: Readers, database: Database
) -> None:
    anna = Visitor(stack.url).set_up()
    bob, carol = member(database, stack.url, "bob"), member(database, stack.url, "carol")
    people = [users.create(f"p{n}", None, None, None, "member")["id"] for n in range(100)]
    groups = [conversations.create(anna.id, "group", f"g{n}", [bob.id, *people], None)["id"] for n in range(3)]
    root = anna.begin(groups[0], "hello")["id"]
    bob.ok("POST", "/api/presence/heartbeat", {"status": "away"})
    stack.settle()
    stranger = readers.open("/api/stream", carol.cookie())
    watchers = [
        readers.open(p, anna.cookie()) for p in ("/api/stream", "/api/stream", f"/api/stream/conversations/{groups[1]}")
    ]
    readers.await_open([stranger, *watchers])
    readers.await_all(watchers, lambda r: statuses(r, bob.id) == ["away"])  # the snapshot
    presence.place("test", people, {}, 200)
    readers.await_all(watchers, lambda r: len(r.of("presence.update")) >= 101)
    place = {"conversation_id": groups[0], "root_id": root, "seconds": 10}
    bob.ok("POST", "/api/typing", place)
    readers.await_all(watchers[:2], lambda r: bool(r.of("typing.update")))
    late = readers.open(f"/api/stream/conversations/{groups[0]}", anna.cookie())
    readers.await_all([late], lambda r: bool(r.of("typing.update")))  # it was going on
    assert late.of("typing.update")[0].payload["user_id"] == bob.id
    time.sleep(0.5)
    for watcher in watchers:
        told = [f.payload["user_id"] for f in watcher.of("presence.update")]
        assert sorted(set(told) - {anna.id}) == sorted([*people, bob.id])
        assert len([user for user in told if user != anna.id]) == 101
    assert [len(w.of("typing.update")) for w in watchers] == [1, 1, 0]
    assert stranger.of("presence.update", "typing.update") == []
