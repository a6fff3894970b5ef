"""Open a stream: subscribe, then replay, then live.

The order that loses nothing: take a mark of the hub, read the state from the database (who may hear what, what was
missed, which answers are growing), wait until this process has heard as much as the state contains, then join the hub
from the mark. What comes twice is dropped by its number.
"""

from __future__ import annotations

import logging
import ssl
from collections import Counter
from collections.abc import Iterable
from typing import Any

import gevent
from flask import Response
from gevent.lock import BoundedSemaphore
from gunicorn.workers.base_async import ALREADY_HANDLED

from app.core.errors import AuthRequired, PalaverError, Unavailable
from app.core.events import KINDS
from app.models import events, sessions
from app.streams.bus import Bus
from app.streams.event import Event, chunk, encode, preparations
from app.streams.following import Following
from app.streams.hub import Connection, Hub
from app.streams.presence import Presence, Typists

log = logging.getLogger(__name__)

HANDED_OVER = "palaver.handed_over"
# A first comment long enough that proxies which collect 2 KiB before they send anything let it through.
PADDING = b":" + b" " * 2048 + b"\n"
BUS_PATIENCE_SECONDS = 5.0
SESSION_CHECK_SECONDS = 60.0
MEND_PAUSE_SECONDS = 0.2
# Streams that are made ready at once: when thousands come back together, other requests still find a connection to the
# database and a turn of the loop.
OPENED_AT_ONCE = 4
# What is replayed, in multiples of what may wait for a slow reader: loading the state anew costs less than more of it.
REPLAYED_BACKLOGS = 8


class Streams:
    """What this process knows of streams: its hub and its bus, joined."""

    def __init__(
        self,
        max_backlog_bytes: int,
        max_replay_events: int,
        backpressure: str = "drop_tokens",
        most_members: int = 200,
    ) -> None:
        self.hub = Hub(max_backlog_bytes, backpressure, lambda connection: gevent.spawn(self._mend, connection))
        self.bus = Bus(self._publish, self.hub.resync_all)
        self.hub.settle = self.bus.settle
        self.presence = Presence(lambda user: self.count_of(user) > 0, most_members)
        self.hub.on_left = self.presence.left
        self.typists = Typists()
        self.following = Following()
        self.max_replay_events = max_replay_events
        self._opening: Counter[str] = Counter()
        self._turn = BoundedSemaphore(OPENED_AT_ONCE)

    def start(self, heartbeat_seconds: float) -> None:
        """Begin to carry and to write; returns at once."""
        self.hub.start(heartbeat_seconds)
        self.bus.start()
        gevent.spawn(self._end_expired)

    def _publish(self, event: Event) -> None:
        """Prepared first: the hub hands an event out without giving way to anybody."""
        if event.pos is not None:
            for dialect in preparations:
                if self.hub.is_heard(event.topic, dialect):
                    _prepare(event, dialect)
        self.typists.hear(event)
        self.following.hear(event)
        self.hub.publish(event)

    def _mend(self, connection: Connection) -> None:
        """A slow reader that reads again gets the text so far of the answers of which it lost pieces."""
        while connection.lost and connection.fd >= 0 and connection.writer is None:
            mark, asked = self.hub.mark(), frozenset(connection.lost)
            try:
                snapshots = [
                    Event(None, growing["conversation_id"], None, "message.snapshot", growing)
                    for growing in events.growing(connection.user, asked)
                ]
                for snapshot in snapshots:
                    if connection.dialect in preparations:
                        preparations[connection.dialect](snapshot)
                if self.hub.mend(connection, asked, snapshots, mark):
                    continue
            except PalaverError as error:
                log.warning("cannot mend a stream: %s", error)
            gevent.sleep(MEND_PAUSE_SECONDS)

    def _end_expired(self) -> None:
        """A revoked session is told by the bus; one that merely ran out is found here."""
        while True:
            gevent.sleep(SESSION_CHECK_SECONDS)
            try:
                self.hub.end_sessions(sessions.alive)
            except PalaverError as error:
                log.warning("cannot check the sessions of open streams: %s", error)

    def open(
        self, user: str, session: str, conversation: str | None, position: str | None, dialect: str
    ) -> StreamResponse:
        """A response that becomes a stream.

        Args:
            session: the id of the session or key that asks; the stream closes when it ends.
            conversation: hear this one; None hears everything the user may hear.
            position: `<epoch>.<pos>` of the last event that the client has; None begins with what comes now.
            dialect: `json`, or another that a door registered.

        Raises:
            AuthRequired: the session or key has ended in this very moment.
            NotFound: not a member of the conversation.
            Unavailable: this process has no bus right now, or is full.
        """
        self._opening[user] += 1
        try:
            return self._open(user, session, conversation, position, dialect)
        except BaseException:
            self.opened(user)
            raise

    def count_of(self, user: str) -> int:
        """Streams of a user in this process, with those that are being opened right now."""
        return self.hub.count_of(user) + self._opening[user]

    def opened(self, user: str) -> None:
        """A stream that was being opened is open, or failed."""
        self._opening[user] -= 1
        if not self._opening[user]:
            del self._opening[user]

    def _open(
        self, user: str, session: str, conversation: str | None, position: str | None, dialect: str
    ) -> StreamResponse:
        self._await_bus(0)
        mark = self.hub.mark()
        state = self._state(user, session, conversation, position)
        if not state["alive"]:  # it may have ended just before the mark, and nobody would tell us any more
            raise AuthRequired("Your session has ended; sign in again.")
        self._await_bus(state["pos"])
        connection = Connection(user, session, dialect, everything=conversation is None)
        for growing in state["growing"]:
            self.bus.follow(growing["message_id"], growing["next_idx"])
        connection.skip = {g["message_id"]: g["next_idx"] for g in state["growing"]} or None
        state["typing"] = self.typists.of(state["topics"], user)
        with self._turn:
            first = b"".join(first_frames(state, connection, REPLAYED_BACKLOGS * self.hub.max_backlog_bytes))
        return StreamResponse(self, connection, state, mark, first)

    def _state(self, user: str, session: str, conversation: str | None, position: str | None) -> dict[str, Any]:
        epoch, since = parse_position(position)
        with self._turn:
            return events.open_stream(
                user, conversation, epoch, since, self.max_replay_events, session, self.presence.most_members
            )

    def _await_bus(self, pos: int) -> None:
        with gevent.Timeout(BUS_PATIENCE_SECONDS, False):
            while not self.bus.listening or self.bus.pos < pos:
                gevent.sleep(0.005)
            self.hub.epoch = self.bus.epoch
            return
        raise Unavailable("Live updates are interrupted; they come back by themselves.")


class StreamResponse(Response):
    """Hands the socket to the hub instead of answering; everything that runs after a view runs for it too."""

    def __init__(
        self, streams: Streams, connection: Connection, state: dict[str, Any], mark: int, first: bytes
    ) -> None:
        super().__init__(content_type="text/event-stream; charset=utf-8")
        self.headers["Cache-Control"] = "no-cache, no-transform"
        self.headers["X-Accel-Buffering"] = "no"
        self._given = (streams, connection, state, mark, first)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        streams, connection, *_ = self._given
        try:
            self._hand_over(environ)
        finally:
            streams.opened(connection.user)
        return ALREADY_HANDLED  # type: ignore[no-any-return]

    def _hand_over(self, environ: dict[str, Any]) -> None:
        streams, connection, state, mark, frames = self._given
        sock = environ["gunicorn.socket"]
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        for name, value in self.headers:
            if name.lower() not in ("content-length", "connection"):
                head += f"{name}: {value}\r\n".encode("latin-1")
        first = head + b"\r\n" + chunk(frames)
        joined = streams.hub.adopt(sock, connection, state["topics"], first, mark, state["pos"])
        if joined:
            streams.presence.came(connection.user)
        else:
            sock.sendall(
                head + b"\r\n" + chunk(b'event: resync\ndata: {"type":"resync","payload":{"reason":"lost"}}\n\n')
            )
        environ[HANDED_OVER] = True


def check_socket(environ: dict[str, Any]) -> None:
    """Can this request's socket be handed to the hub?

    Raises:
        Unavailable: not under gunicorn, behind a proxy that speaks HTTP/1.0, or with TLS in gunicorn itself (the
            descriptor lies below the TLS layer).
    """
    sock = environ.get("gunicorn.socket")
    if sock is None or isinstance(sock, ssl.SSLSocket):
        raise Unavailable(
            "Streams need gunicorn's gevent worker without TLS of its own: start Palaver with scripts/run."
        )
    if environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
        raise Unavailable("Streams need HTTP/1.1; a proxy in front must use it too (nginx: proxy_http_version 1.1).")


def first_frames(state: dict[str, Any], connection: Connection, most: int) -> Iterable[bytes]:
    """What a stream begins with: padding, what was missed (or a resync), what is growing, who is there and who is
    typing, what the model is doing.

    Args:
        most: bytes that may be replayed; when that is not enough, a resync takes the place of what was missed.
    """
    missed, resync = _missed(state, connection.dialect, most), state["resync"]
    if missed is None:
        missed, resync = [], "behind"
    yield PADDING
    yield b"retry: 2000\n"
    yield f"id: {state['epoch']}.{state['pos']}\n\n".encode() if not missed else b"\n"
    if resync:
        yield encode(Event(None, "", None, "resync", {"reason": resync}), "json", state["epoch"])
    yield from missed
    for growing in state["growing"]:
        yield _encoded(Event(None, "", None, "message.snapshot", growing), connection.dialect, state["epoch"])
    for kind in ("presence", "typing"):
        for payload in state.get(kind, ()):
            yield encode(Event(None, "", None, f"{kind}.update", payload), "json", state["epoch"])
    if connection.everything:
        yield encode(Event(None, "", None, "model.status", state["model"]), "json", state["epoch"])


def _missed(state: dict[str, Any], dialect: str, most: int) -> list[bytes] | None:
    """The frames of what was missed; None when they are more than `most` bytes, or one cannot be made."""
    frames, total = [], 0
    for row in state["events"]:
        event = Event.of(row)
        if KINDS[event.kind].wire:
            try:
                frames.append(_encoded(event, dialect, state["epoch"]))
            except Exception as error:
                log.error("%s cannot be replayed in dialect %s: %s", event.kind, dialect, type(error).__name__)
                return None
            total += len(frames[-1])
            if total > most:
                return None
    return frames


def _prepare(event: Event, dialect: str) -> None:
    """A dialect that cannot prepare an event fails again when it encodes it, for its own readers alone."""
    try:
        preparations[dialect](event)
    except Exception as error:
        log.error("%s cannot be prepared in dialect %s: %s", event.kind, dialect, type(error).__name__)


def _encoded(event: Event, dialect: str, epoch: str) -> bytes:
    """Encode while the others get their turns."""
    gevent.sleep(0)
    if dialect in preparations:
        preparations[dialect](event)
    return encode(event, dialect, epoch)


def parse_position(position: str | None) -> tuple[str | None, int | None]:
    """`<epoch>.<pos>` apart. Anything else is a position in an unknown history, so that the client is told to resync."""
    if not position:
        return None, None
    epoch, _, pos = position.partition(".")
    return (epoch, int(pos)) if pos.isdecimal() and len(pos) < 19 else ("?", 0)


def hand_over(app: Any) -> Any:
    """The outermost WSGI layer: end gunicorn's greenlet of a connection that now belongs to the hub.

    gunicorn closes its own descriptor on StopIteration (base_async.handle); the hub's duplicate lives on.
    """

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        answer = app(environ, start_response)
        if environ.get(HANDED_OVER):
            raise StopIteration
        return answer

    return call
