"""What a stream begins with, and what is made ready before the hub hands it out."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from app.streams import event as events
from app.streams.event import Event
from app.streams.hub import Connection
from app.streams.sse import Streams, first_frames


def state(count: int, **more: Any) -> dict[str, Any]:
    rows = [
        {"pos": n, "topic": "c", "seq": n, "kind": "thread.activity", "payload": {"text": "x" * 1_000}}
        for n in range(count)
    ]
    return {"epoch": "e", "pos": count, "resync": None, "events": rows, "growing": [], "model": {"name": "m"}} | more


def begun(given: dict[str, Any], most: int = 100_000) -> str:
    return b"".join(first_frames(given, Connection("u", "s", "json", everything=True), most)).decode()


def test_what_was_missed_comes_in_order_and_the_model_last() -> None:
    text = begun(state(3))
    assert [line for line in text.split("\n") if line.startswith("id: ")] == ["id: e.0", "id: e.1", "id: e.2"]
    assert "resync" not in text and text.index("e.2") < text.index('"name":"m"')


def test_more_bytes_than_allowed_become_a_resync() -> None:
    text = begun(state(200))
    assert "thread.activity" not in text and '"reason":"behind"' in text
    assert [line for line in text.split("\n") if line.startswith("id: ")] == ["id: e.200"]


def test_the_reason_of_the_database_is_kept() -> None:
    assert '"reason":"pruned"' in begun(state(0, resync="pruned"))


def test_durable_events_are_prepared_for_those_who_hear_them_before_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    streams, seen = Streams(1_000, 10), []
    monkeypatch.setitem(events.preparations, "slow", lambda event: seen.append((event.pos, streams.hub.mark())))
    monkeypatch.setitem(events.dialects, "slow", lambda event: event.payload)
    reader = Connection("u", "s", "slow", everything=True)
    streams.hub._subscribe(reader, "c")
    for pos, topic in ((1, "c"), (2, "other"), (None, "c"), (4, "c")):
        streams.bus.on_event(Event(pos, topic, pos, "thread.activity", {}))
    assert seen == [(1, 0), (4, 3)] and streams.hub.mark() == 4


def test_a_position_is_reached_when_its_event_was_handed_out() -> None:
    streams, seen = Streams(1_000, 10), []
    streams.bus.on_event = lambda event: seen.append((event.pos, streams.bus.pos))
    for pos in (1, 2):
        streams.bus._carry({"pos": pos, "topic": "c", "seq": pos, "kind": "thread.activity", "payload": {}})
    assert seen == [(1, 0), (2, 1)] and streams.bus.pos == 2


def test_what_one_dialect_cannot_say_is_heard_in_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody misses a durable event because of somebody else, and who cannot be told loads the state instead."""

    def fail(event: Event) -> dict[str, Any]:
        raise RuntimeError(event.kind)

    streams, (theirs, ours) = Streams(100_000, 10), socket.socketpair()
    monkeypatch.setitem(events.preparations, "broken", fail)
    monkeypatch.setitem(events.dialects, "broken", fail)
    before, broken, after = (Connection(d, "s", d, everything=True) for d in ("json", "broken", "json"))
    broken.fd = theirs.detach()
    streams.hub.connections[broken.fd] = broken
    for reader in (before, broken, after):
        streams.hub._subscribe(reader, "c")
    streams.bus.on_event(Event(1, "c", 1, "thread.activity", {}))
    assert len(before.out) == len(after.out) == 1 and broken.fd == -1
    assert b'"resync"' in ours.recv(10_000) and not ours.recv(10_000)
    assert '"reason":"behind"' in b"".join(first_frames(state(3), broken, 100_000)).decode()
    ours.close()
