"""One hub a process: who hears which topic, and the bytes on their sockets.

A waiting connection is a descriptor, two watchers and a list: no greenlet, no database connection. Publishing appends
the shared bytes to the pending list of everybody who may hear; one writer greenlet then gives each dirty connection one
`write`, and gives the loop a turn every few hundred writes. (Measured against a greenlet a connection: 1.2 KiB instead
of 20, four times the deliveries.)

Most connections are plain: nothing waits for their sockets. A wary one is looked at before each event: it does not
drain, or lost pieces of an answer, or has a snapshot that contains some already.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Set
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.core.events import KINDS
from app.streams.event import Event, chunk

log = logging.getLogger(__name__)

READABLE, WRITABLE = 1, 2
# Connections that are served before the loop gets a turn.
SLICE = 256
# What one write takes, about. Before a round of many, the hub waits as long as the round will take, at most, for what is on
# its way in this process: it then goes out with the same writes (as PostgreSQL's commit_delay does for commits).
WRITE_SECONDS = 5e-6
# Bounds the kernel's own memory for a slow reader.
SEND_BUFFER = 131_072
# What a reader that does not drain loses first, by `sse.backpressure`.
FIRST_TO_GO = {
    "drop_tokens": {"message.delta"},
    "drop_tokens_and_system": {"message.delta", "typing.update", "presence.update"},
}
# Events kept for connections that are being opened: what came between reading the state and joining.
RECENT = 2_000
HEARTBEAT = chunk(b":\n\n")
LAST_CHUNK = b"0\r\n\r\n"


class Connection:
    """One reader.

    Attributes:
        skip: pieces of these answers below a number are known already.
        lost: answers of which a piece was left out; they come as a snapshot when the socket has drained.
        nbytes: what waits for the socket; counted only while it does not drain.
    """

    __slots__ = (
        "dialect",
        "dirty",
        "everything",
        "fd",
        "lost",
        "nbytes",
        "out",
        "reader",
        "session",
        "skip",
        "topics",
        "user",
        "wary",
        "writer",
    )  # fmt: skip

    def __init__(self, user: str, session: str, dialect: str, everything: bool) -> None:
        self.fd = -1
        self.user = user
        self.session = session
        self.dialect = dialect
        self.everything = everything
        self.topics: set[str] = set()
        self.skip: dict[str, int] | None = None
        self.lost: set[str] | None = None
        self.wary = True
        self.out: list[bytes] = []
        self.nbytes = 0
        self.dirty = False
        self.reader: Any = None
        self.writer: Any = None


class Hub:
    """The connections of this process.

    Args:
        max_backlog_bytes: what may wait for one reader that does not read; beyond it the connection is closed.
        backpressure: what a reader loses before that; a key of `FIRST_TO_GO`.
        on_drained: called with a connection that reads again after it lost pieces of answers.
    """

    def __init__(
        self,
        max_backlog_bytes: int,
        backpressure: str = "drop_tokens",
        on_drained: Callable[[Connection], object] = lambda connection: None,
    ) -> None:
        self.max_backlog_bytes = max_backlog_bytes
        self._first_to_go = FIRST_TO_GO[backpressure]
        self._on_drained = on_drained
        self.epoch = ""
        self.connections: dict[int, Connection] = {}
        self._topics: dict[str, dict[Connection, None]] = {}
        self._users: dict[str, dict[Connection, None]] = {}
        # How many hear a topic in a dialect.
        self._heard: Counter[tuple[str, str]] = Counter()
        self._recent: deque[Event] = deque(maxlen=RECENT)
        self._count = 0
        self._dirty: list[Connection] = []
        self._wake = Signal()
        # Waits until nothing is on its way, so many seconds at most; the bus knows.
        self.settle: Callable[[float], None] = lambda seconds: None
        # Told when the last connection of a user is gone from this process.
        self.on_left: Callable[[str], None] = lambda user: None

    def start(self, heartbeat_seconds: float) -> None:
        """Begin to write; returns at once."""
        gevent.spawn(self._write_all)
        gevent.spawn(self._beat, heartbeat_seconds)

    # -- joining and leaving

    def mark(self) -> int:
        """A moment to join from: take it before reading the state that the connection begins with."""
        return self._count

    def adopt(
        self, sock: Any, connection: Connection, topics: Iterable[str], first: bytes, mark: int, pos: int
    ) -> bool:
        """Take over a socket: send `first`, then everything after `mark` on `topics` that is not in the state already.

        Args:
            mark: from `mark()`, taken before the state was read.
            pos: the state includes every durable event up to here.

        Returns:
            False when so much happened since `mark` that nothing can be promised: send a resync instead.
        """
        missed = self._count - mark
        if missed > len(self._recent):
            return False
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.fd = os.dup(sock.fileno())
        os.set_blocking(connection.fd, False)
        self.connections[connection.fd] = connection
        self._users.setdefault(connection.user, {})[connection] = None
        for topic in topics:
            self._subscribe(connection, topic)
        connection.reader = gevent.get_hub().loop.io(connection.fd, READABLE)
        connection.reader.start(self._on_readable, connection)
        self._append(connection, first)
        for event in list(self._recent)[len(self._recent) - missed :] if missed else ():
            if self._is_here(connection) and (event.pos is None or event.pos > pos):
                self._react(event, [connection])
                if event.concerns(connection.topics):
                    self._push(event, [connection])
        return True

    def _subscribe(self, connection: Connection, topic: str) -> None:
        if topic not in connection.topics:
            self._heard[topic, connection.dialect] += 1
        connection.topics.add(topic)
        self._topics.setdefault(topic, {})[connection] = None

    def _unsubscribe(self, connection: Connection, topic: str) -> None:
        if topic in connection.topics:
            held = topic, connection.dialect
            self._heard[held] -= 1
            if not self._heard[held]:
                del self._heard[held]
        connection.topics.discard(topic)
        _forget(self._topics, topic, connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection and forget it."""
        if not self._is_here(connection):
            return
        del self.connections[connection.fd]
        for topic in list(connection.topics):
            self._unsubscribe(connection, topic)
        _forget(self._users, connection.user, connection)
        for watcher in (connection.reader, connection.writer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        connection.reader = connection.writer = None
        connection.out = []
        os.close(connection.fd)
        connection.fd = -1  # its number may be another connection's soon
        if connection.user not in self._users:
            self.on_left(connection.user)

    def end(self, connection: Connection, reason: str | None = None) -> None:
        """Say goodbye, if the socket takes it, and drop."""
        last = LAST_CHUNK
        if reason:
            last = Event(None, "", None, "resync", {"reason": reason}).frame("json", self.epoch) + LAST_CHUNK
        if self._is_here(connection) and connection.writer is None:
            try:
                os.write(connection.fd, b"".join([*connection.out, last]))
            except OSError:
                pass
        self.drop(connection)

    def end_all(self) -> None:
        """For the end of the process: readers come back half a second later, to another process."""
        for connection in list(self.connections.values()):
            self._append(connection, chunk(b"retry: 500\n\n"))
            self.end(connection)

    def end_sessions(self, living: Callable[[list[str]], list[str]]) -> None:
        """Close the streams of sessions that live no longer."""
        sessions = {c.session for c in self.connections.values()}
        alive = set(living(list(sessions))) if sessions else set()
        for connection in [c for c in self.connections.values() if c.session in sessions - alive]:
            self.end(connection)

    def resync_all(self) -> None:
        """Something was lost for good: everybody starts over, also who is about to join."""
        self._count += self._recent.maxlen or 0
        self._recent.clear()
        for connection in list(self.connections.values()):
            self.end(connection, "lost")

    def _is_here(self, connection: Connection) -> bool:
        return connection.fd >= 0

    def is_heard(self, topic: str, dialect: str) -> bool:
        """Does anybody hear this topic in this dialect? Asked before every event: who hears other topics must not cost."""
        return (topic, dialect) in self._heard

    def count_of(self, user: str) -> int:
        return len(self._users.get(user, ()))

    # -- events

    def publish(self, event: Event) -> None:
        """Hand an event to everybody who may hear it. The sender hears it like everybody else."""
        self._count += 1
        self._recent.append(event)
        self._react(event, list(self._users.get(event.topic, ())))
        if KINDS[event.kind].wire:
            self._push(event, self._hearers(event))

    def _hearers(self, event: Event) -> Iterable[Connection]:
        """Everybody who hears a topic of the event, each once."""
        if event.topics is None:
            return self._topics.get(event.topic, ())
        heard: dict[Connection, None] = {}
        for topic in event.topics:
            heard |= self._topics.get(topic, {})
        return heard

    def _react(self, event: Event, connections: Iterable[Connection]) -> None:
        """Membership and sessions change who hears: before anything later is delivered."""
        if event.kind == "membership.changed" and event.topic == event.payload["user_id"]:
            conversation = event.payload["conversation_id"]
            for connection in connections:
                if connection.user != event.topic:
                    continue
                if event.payload["action"] == "removed":
                    self._unsubscribe(connection, conversation)
                    if not connection.everything:
                        self.end(connection)
                elif connection.everything:
                    self._subscribe(connection, conversation)
        elif event.kind == "session.revoked":
            for connection in connections:
                if connection.session == event.payload["session_id"]:
                    self.end(connection)
        elif event.kind == "key.revoked":
            for connection in connections:
                if connection.session == event.payload["key_id"]:
                    self.end(connection)

    def _push(self, event: Event, connections: Iterable[Connection]) -> None:
        if not KINDS[event.kind].wire:
            return
        dialect, frame, dirty = "", b"", self._dirty
        for connection in tuple(connections):  # a copy: one that overflows is dropped on the way
            try:
                if connection.wary and not self._may_have(connection, event):
                    continue
                if connection.dialect != dialect:
                    frame = event.frame(connection.dialect, self.epoch)
                    dialect = connection.dialect
            except Exception as error:
                # What one dialect cannot say must not keep it from everybody else; its readers load the state instead.
                log.error("%s cannot be said in dialect %s: %s", event.kind, connection.dialect, type(error).__name__)
                self.end(connection, "lost")
                continue
            connection.out.append(frame)
            if not connection.dirty:
                connection.dirty = True
                dirty.append(connection)
        self._wake.set()

    def _may_have(self, connection: Connection, event: Event) -> bool:
        """Look at a wary connection: is this event for it, and is there room?"""
        if connection.skip is not None and self._is_known(connection, event):
            return False
        if connection.lost is not None and self._is_lost(connection, event):
            return False
        if connection.writer is not None:
            return self._has_room(connection, event)
        connection.wary = connection.skip is not None or connection.lost is not None
        return True

    def _has_room(self, connection: Connection, event: Event) -> bool:
        """Passing events are left out first. A durable one never is: then the connection is closed, and what it has not
        heard is replayed when it comes back."""
        room = self.max_backlog_bytes // 4 if event.kind in self._first_to_go else self.max_backlog_bytes
        size = len(event.frame(connection.dialect, self.epoch))
        if connection.nbytes + size > room:
            self._on_writable(connection)  # it may have begun to read just now
        if connection.writer is None:
            return self._is_here(connection)
        if connection.nbytes + size <= room:
            connection.nbytes += size
            return True
        if event.kind == "message.delta":
            connection.lost = (connection.lost or set()) | {event.payload["message_id"]}
        elif event.pos is not None:
            # Nothing more fits into its socket, not even a word of farewell.
            self.drop(connection)
        return False

    def _is_lost(self, connection: Connection, event: Event) -> bool:
        """A piece of an answer of which an earlier piece was left out: the snapshot will contain it."""
        assert connection.lost is not None
        if event.kind == "message.done":
            connection.lost = connection.lost - {event.payload["message_id"]} or None
            return False
        return event.kind == "message.delta" and event.payload["message_id"] in connection.lost

    def mend(self, connection: Connection, asked: Set[str], snapshots: Iterable[Event], mark: int) -> bool:
        """Send the text so far of answers of which this connection lost pieces, then what came after `mark`.

        Args:
            asked: the answers that were looked up; those without a snapshot have ended.

        Returns:
            False when that cannot be done now: read the text again, with a later mark.
        """
        missed, lost = self._count - mark, connection.lost or set()
        if missed > len(self._recent) or connection.writer is not None:
            return False
        connection.lost = lost - asked or None
        mended = set()
        for snapshot in snapshots:
            message = snapshot.payload["message_id"]
            if message in lost and snapshot.topic in connection.topics:
                mended.add(message)
                connection.skip = (connection.skip or {}) | {message: snapshot.payload["next_idx"]}
                connection.wary = True
                self._append(connection, snapshot.frame(connection.dialect, self.epoch))
        for event in list(self._recent)[len(self._recent) - missed :] if missed else ():
            if event.kind == "message.delta" and event.payload["message_id"] in mended:
                self._push(event, [connection])
        return True

    def _is_known(self, connection: Connection, event: Event) -> bool:
        """Was this piece in the snapshot that the connection began with?"""
        assert connection.skip is not None
        if event.kind == "message.done":
            connection.skip.pop(event.payload["message_id"], None)
            connection.skip = connection.skip or None
            return False
        return event.kind == "message.delta" and event.payload["idx"] < connection.skip.get(
            event.payload["message_id"], 0
        )

    # -- bytes

    def _append(self, connection: Connection, data: bytes) -> None:
        """For bytes of its own; what others hear too goes through `_push`."""
        connection.out.append(data)
        if connection.writer is not None:
            connection.nbytes += len(data)
        elif not connection.dirty:
            connection.dirty = True
            self._dirty.append(connection)
            self._wake.set()

    def _write_all(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if len(self._dirty) >= SLICE:
                self.settle(len(self._dirty) * WRITE_SECONDS)
            batch, self._dirty = self._dirty, []
            shared: list[bytes] = []
            joined = b""
            for n, connection in enumerate(batch, 1):
                connection.dirty = False
                out = connection.out
                if out and connection.writer is None:
                    if len(out) == 1:
                        joined, shared = out[0], out
                    elif out != shared:  # most have the same pending: it is joined once for all of them
                        joined, shared = b"".join(out), out
                    connection.out = []
                    self._send_safely(connection, joined)
                if n % SLICE == 0:
                    _give_way()

    def _send_safely(self, connection: Connection, data: bytes) -> None:
        try:
            sent = os.write(connection.fd, data)
            if sent == len(data):
                return
        except BlockingIOError:
            sent = 0
        except OSError:
            self.drop(connection)
            return
        try:
            self._keep(connection, data[sent:])
        except Exception:
            # One reader's trouble must not end the writing for all others.
            log.exception("cannot write to a stream")
            self.drop(connection)

    def _keep(self, connection: Connection, rest: bytes) -> None:
        """It does not drain: wait until its socket takes more."""
        connection.out.insert(0, rest)
        connection.nbytes = sum(map(len, connection.out))
        connection.wary = True
        if connection.writer is None:
            connection.writer = gevent.get_hub().loop.io(connection.fd, WRITABLE)
            connection.writer.start(self._on_writable, connection)

    def _on_writable(self, connection: Connection) -> None:
        """Its socket takes something again."""
        data = b"".join(connection.out)
        connection.out, connection.nbytes = [], 0
        self._send_safely(connection, data)
        if connection.writer is not None and not connection.out:
            connection.writer.stop()
            connection.writer.close()
            connection.writer = None
            if connection.lost:
                self._on_drained(connection)

    def _on_readable(self, connection: Connection) -> None:
        """A reader has nothing to say: this is how its hang-up is noticed."""
        try:
            data = os.read(connection.fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(connection)

    def _beat(self, seconds: float) -> None:
        while True:
            gevent.sleep(seconds)
            for n, connection in enumerate(list(self.connections.values()), 1):
                if connection.writer is None and self._is_here(connection):
                    self._append(connection, HEARTBEAT)
                if n % SLICE == 0:
                    _give_way()


def _give_way() -> None:
    """One turn of the loop, sockets included. sleep(0) would only queue a callback and poll nothing; any sleep above it
    waits for a whole millisecond of epoll even when nobody else has anything to do (measured: 1.35 ms against 2 µs)."""
    hub = gevent.get_hub()
    with hub.loop.timer(0) as timer:
        hub.wait(timer)


def _forget(index: dict[str, dict[Connection, None]], key: str, connection: Connection) -> None:
    held = index.get(key)
    if held is not None:
        held.pop(connection, None)
        if not held:
            del index[key]
