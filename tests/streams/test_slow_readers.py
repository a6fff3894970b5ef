"""A reader that stops reading loses passing events first, never a durable one, and gets the text so far when it reads
again. A hub with real sockets, without a server."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import gevent
import orjson
import pytest

from app.models import events
from app.streams import sse
from app.streams.event import Event
from app.streams.hub import Connection, Hub
from app.streams.sse import Streams

BACKLOG = 120_000
# More than the kernel takes for one connection.
FLOOD = 700_000


class Slow:
    """The client's end: it reads when it is told to."""

    made: ClassVar[list[socket.socket]] = []

    def __init__(self, hub: Hub, mark: int | None = None) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.sock = socket.socket()
        self.made.append(self.sock)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.connect(listening.getsockname())
        theirs, _ = listening.accept()
        listening.close()
        self.connection = Connection("anna", "session", "json", everything=False)
        self.joined = hub.adopt(theirs, self.connection, ["talk"], b"", hub.mark() if mark is None else mark, 0)
        theirs.close()
        self.sock.setblocking(False)
        self.data = b""

    @property
    def open(self) -> bool:
        return self.connection.fd >= 0

    def read(self, turns: int = 400) -> list[dict[str, Any]]:
        """Everything that comes; the `{type, payload}` of it."""
        quiet = 0
        while quiet < 5 and turns:
            turns -= 1
            try:
                data = self.sock.recv(1 << 20)
                if not data:
                    break
                self.data, quiet = self.data + data, 0
            except BlockingIOError:
                quiet += 1
            gevent.sleep(0.005)
        return [
            orjson.loads(line[6:])
            for line in self.data.rpartition(b"\n\n")[0].split(b"\n")
            if line.startswith(b"data: ")
        ]


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub(BACKLOG)
    yield from running(made)


def running(hub: Hub) -> Iterator[Hub]:
    writers = [gevent.spawn(hub._write_all)]
    yield hub
    gevent.killall(writers)
    for connection in list(hub.connections.values()):
        hub.drop(connection)
    while Slow.made:
        Slow.made.pop().close()


def durable(pos: int, text: str = "") -> Event:
    return Event(pos, "talk", pos, "thread.activity", {"text": text, "n": pos})


def passing(kind: str, text: str = "", **more: Any) -> Event:
    return Event(None, "talk", None, kind, {"text": text} | more)


def piece(idx: int, text: str = "", message: str = "m") -> Event:
    return passing("message.delta", text, message_id=message, idx=idx)


def stuff(hub: Hub, slow: Slow, upto: int) -> None:
    """Fill the kernel's buffers, then leave so much in the backlog."""
    hub.publish(passing("error", "x" * FLOOD))
    gevent.sleep(0.05)
    assert slow.connection.writer is not None
    for _ in range(FLOOD // 4096):
        if slow.connection.nbytes <= upto:
            break
        with contextlib.suppress(BlockingIOError):
            slow.data += slow.sock.recv(8_192)
        gevent.sleep(0.001)
    assert slow.connection.writer is not None and 0 < slow.connection.nbytes <= upto


def kinds(heard: list[dict[str, Any]]) -> list[str]:
    return [h["type"] for h in heard if h["type"] != "error"]


def test_who_reads_hears_everything(hub: Hub) -> None:
    quick = Slow(hub)
    hub.publish(durable(1))
    hub.publish(piece(0))
    hub.publish(passing("typing.update"))
    assert kinds(quick.read()) == ["thread.activity", "message.delta", "typing.update"]


@pytest.mark.parametrize(
    ("strategy", "lost"),
    [
        ("drop_tokens", {"message.delta"}),
        ("drop_tokens_and_system", {"message.delta", "typing.update", "presence.update"}),
    ],
)
def test_what_a_slow_reader_loses_first(strategy: str, lost: set[str]) -> None:
    hub = Hub(BACKLOG, strategy)
    for _ in running(hub):
        slow = Slow(hub)
        stuff(hub, slow, BACKLOG // 2)
        said = ["message.delta", "typing.update", "presence.update", "model.status", "thread.activity"]
        for kind in said[:-1]:
            hub.publish(piece(0) if kind == "message.delta" else passing(kind))
        hub.publish(durable(1))
        assert slow.open
        assert kinds(slow.read()) == [kind for kind in said if kind not in lost]


def test_a_slow_reader_is_closed_rather_than_left_out_of_what_is_durable(hub: Hub) -> None:
    slow, witness = Slow(hub), Slow(hub)
    witness.read()
    stuff(hub, slow, BACKLOG * 3 // 4)
    witness.read()
    pos = 0
    while slow.open and pos < 100:
        hub.publish(durable(pos := pos + 1, "y" * 8_000))
        witness.read(20)
    assert 1 < pos < 100 and not slow.open
    assert slow.connection not in hub._topics["talk"] and slow.connection not in hub.connections.values()
    heard = [h["payload"]["n"] for h in slow.read() if h["type"] == "thread.activity"]
    assert heard == list(range(1, len(heard) + 1)) and len(heard) < pos  # no hole: what follows is replayed
    assert [h["payload"]["n"] for h in witness.read() if h["type"] == "thread.activity"] == list(range(1, pos + 1))


def test_passing_events_alone_never_close_a_reader(hub: Hub) -> None:
    slow = Slow(hub)
    stuff(hub, slow, BACKLOG // 2)
    for _ in range(100):
        hub.publish(passing("typing.update", "z" * 5_000))
    assert slow.open and slow.connection.nbytes <= BACKLOG
    assert 0 < len([h for h in slow.read() if h["type"] == "typing.update"]) < 100


def test_a_reader_that_catches_up_in_time_loses_nothing(hub: Hub) -> None:
    slow = Slow(hub)
    hub.publish(passing("error", "x" * FLOOD))
    gevent.sleep(0.05)
    slow.read()
    for n in range(40):
        hub.publish(piece(n))
    assert [h["payload"]["idx"] for h in slow.read() if h["type"] == "message.delta"] == list(range(40))


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    made = Streams(BACKLOG, 100)
    monkeypatch.setattr(sse, "MEND_PAUSE_SECONDS", 0.01)
    for _ in running(made.hub):
        yield made


def grown(upto: int) -> dict[str, Any]:
    return {"conversation_id": "talk", "root_id": "r", "message_id": "m", "content": "t" * upto, "next_idx": upto}


def test_lost_pieces_come_as_the_text_so_far(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = streams.hub
    asked: list[set[str]] = []

    def growing(user: str, ids: set[str]) -> list[dict[str, Any]]:
        asked.append(set(ids))
        hub.publish(piece(4))  # while the database is read
        return [grown(4)]

    monkeypatch.setattr(events, "growing", growing)
    slow = Slow(hub)
    hub.publish(piece(0))
    gevent.sleep(0.01)
    stuff(hub, slow, BACKLOG // 2)
    for idx in (1, 2, 3):
        hub.publish(piece(idx))
    assert slow.connection.lost == {"m"}
    slow.read()
    hub.publish(piece(5))
    hub.publish(Event(1, "talk", 1, "message.done", {"message_id": "m"}))
    heard = [(h["type"], h["payload"].get("idx", h["payload"].get("next_idx"))) for h in slow.read()]
    assert [h for h in heard if h[0] != "error"] == [
        ("message.delta", 0), ("message.snapshot", 4), ("message.delta", 4), ("message.delta", 5), ("message.done", None),
    ]  # fmt: skip
    assert asked == [{"m"}] and slow.connection.lost is None and not slow.connection.skip


def test_an_answer_that_ended_meanwhile_needs_no_snapshot(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = streams.hub

    def growing(user: str, ids: set[str]) -> list[dict[str, Any]]:
        hub.publish(Event(1, "talk", 1, "message.done", {"message_id": "m"}))
        return [grown(3)]

    monkeypatch.setattr(events, "growing", growing)
    slow = Slow(hub)
    stuff(hub, slow, BACKLOG // 2)
    hub.publish(piece(0))
    assert kinds(slow.read()) == ["message.done"]


def test_who_was_removed_meanwhile_gets_no_text(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = streams.hub
    answers: list[Callable[[], None]] = []

    def growing(user: str, ids: set[str]) -> list[dict[str, Any]]:
        for act in answers:
            act()
        return [grown(3)]

    monkeypatch.setattr(events, "growing", growing)
    for remove in (False, True):
        slow = Slow(hub)
        answers[:] = [lambda slow=slow: hub._unsubscribe(slow.connection, "talk")] if remove else []  # type: ignore[misc]
        stuff(hub, slow, BACKLOG // 2)
        hub.publish(piece(0))
        assert kinds(slow.read()) == ([] if remove else ["message.snapshot"])
        hub.drop(slow.connection)


def test_who_joins_while_something_is_lost_for_good_starts_over(hub: Hub) -> None:
    assert Slow(hub).joined
    mark = hub.mark()
    hub.resync_all()
    assert not Slow(hub, mark).joined
    assert Slow(hub).joined
