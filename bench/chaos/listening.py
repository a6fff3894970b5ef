"""What clients hear, and what they make of it: a view of the messages, kept up to date by events alone."""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from bench.readers import Frame, Reader, Readers

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST
MESSAGES = ("message.new", "message.updated", "message.deleted", "message.restored", "message.done")


@dataclass
class Span:
    """A stretch of the log that a stream promises to have whole: after `since`, up to `until` (None: to the end)."""

    since: int
    until: int | None = None
    heard: list[int] = field(default_factory=list)


class View:
    """The messages as one client knows them."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.is_stale = True
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def hear(self, message: dict[str, Any]) -> None:
        """An event brought this message; while the state is loaded anew it waits."""
        with self._lock:
            if self.is_stale:
                self._waiting.append(message)
            else:
                self.messages[message["id"]] = message

    def start_over(self) -> None:
        """What is known may be old: events from now on are applied to the state that is loaded next."""
        with self._lock:
            self.is_stale = True
            self._waiting.clear()

    def loaded(self, messages: list[dict[str, Any]]) -> None:
        """The state is here."""
        with self._lock:
            self.messages = {m["id"]: m for m in [*messages, *self._waiting]}
            self._waiting.clear()
            self.is_stale = False


@dataclass
class Growing:
    """An answer that grows: the text of its pieces up to `next_idx`; None when a piece was missed."""

    text: str | None
    next_idx: int


class Listener:
    """One stream of one person, through all its connections."""

    def __init__(self, person: Any, conversation: str | None, view: View | None) -> None:
        self.person, self.conversation, self.view = person, conversation, view
        path = f"/api/stream/conversations/{conversation}" if conversation else "/api/stream"
        self.reader = Reader(path, "", closed=True)
        self.spans: list[Span] = []
        self.violations: list[str] = []
        self.resyncs = 0
        self.retry_at = 0.0
        self._last = self._at_opening = 0
        self._is_first = True
        self._growing: dict[str, Growing] = {}

    @property
    def position(self) -> int:
        return self._last

    def opens(self) -> None:
        """A connection begins."""
        self._at_opening, self._is_first = self._last, True
        self._growing.clear()

    def placed(self) -> None:
        """The server said where we are, without an event."""
        self._last = max(self._last, self._told())
        if not self.spans:
            self.spans.append(Span(self._last))

    def heard(self, frame: Frame) -> None:
        if frame.type == "resync":
            self._resync()
        elif frame.id:
            self._durable(frame)
        elif frame.type in ("message.snapshot", "message.delta"):
            self._piece(frame)

    def _told(self) -> int:
        return int(self.reader.last_id.partition(".")[2] or 0)

    def _resync(self) -> None:
        self.resyncs += 1
        if self.spans:
            self.spans[-1].until = self._at_opening if self._is_first else self._last
        self._last = max(self._last, self._told())
        self.spans.append(Span(self._last))
        self._growing.clear()
        if self.view is not None:
            self.view.start_over()

    def _durable(self, frame: Frame) -> None:
        pos, self._is_first = self._told(), False
        if pos <= self._last:
            self.violations.append(f"{self.person.name}: {frame.type} {pos} came after {self._last}")
        self._last = pos
        self.spans[-1].heard.append(pos)
        if frame.type in MESSAGES:
            message = frame.payload["message"]
            if frame.type == "message.done":
                self._compare(message)
            if self.view is not None:
                self.view.hear(message)

    def _piece(self, frame: Frame) -> None:
        payload = frame.payload
        if frame.type == "message.snapshot":
            self._growing[payload["message_id"]] = Growing(payload["content"], payload["next_idx"])
            return
        known = self._growing.setdefault(payload["message_id"], Growing("", 0))
        if payload["idx"] == known.next_idx and known.text is not None:
            known.text, known.next_idx = known.text + payload["content"], known.next_idx + 1
        elif payload["idx"] > known.next_idx:
            known.text = None  # a page reads the hole from the pieces

    def _compare(self, message: dict[str, Any]) -> None:
        """The pieces, if none was missed, are the text."""
        known = self._growing.pop(message["id"], None)
        whole = message["content"]
        if known is not None and known.text is not None and whole is not None and not whole.startswith(known.text):
            self.violations.append(
                f"{self.person.name}: pieces of {message['id']} are not its text: {known.text[-40:]!r} {whole[-40:]!r}"
            )


class Ears(Readers):
    """All streams, in one thread, and another that opens again what was closed, as a browser does."""

    def __init__(self, url: str, chance: random.Random) -> None:
        super().__init__(url)
        self.listeners: dict[Reader, Listener] = {}
        self.reconnects = self.refused = 0
        self.violations: list[str] = []
        self._chance = chance
        self._opener = threading.Thread(target=self._reopen, daemon=True)

    def __enter__(self) -> Ears:
        super().__enter__()
        self._opener.start()
        return self

    def add(self, listener: Listener) -> None:
        self.listeners[listener.reader] = listener

    def cut(self, listener: Listener, reset: bool) -> None:
        """The network goes away, in the middle of whatever is sent."""
        sock = listener.reader._socket
        with contextlib.suppress(OSError, AttributeError):
            if reset and sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close(listener.reader)

    def stall(self, listener: Listener) -> None:
        """Stop reading."""
        with self._lock, contextlib.suppress(KeyError, ValueError):
            if listener.reader._socket is not None:
                self._selector.unregister(listener.reader._socket)

    def go_on(self, listener: Listener) -> None:
        """Read again."""
        with self._lock, contextlib.suppress(KeyError, ValueError, OSError):
            if listener.reader._socket is not None and not listener.reader.closed:
                self._selector.register(listener.reader._socket, selectors.EVENT_READ, listener.reader)

    def _parse(self, reader: Reader, block: bytes, now: float) -> None:
        listener, before = self.listeners[reader], reader.last_id
        super()._parse(reader, block, now)
        if reader.frames:
            listener.heard(reader.frames[-1])
        elif reader.last_id != before:
            listener.placed()
        reader.frames.clear()

    def _reopen(self) -> None:
        while self._running:
            for listener in list(self.listeners.values()):
                self._look_after(listener)
            time.sleep(0.05)

    def _look_after(self, listener: Listener) -> None:
        reader, now = listener.reader, time.monotonic()
        if reader.status not in (0, 200):
            if reader.status not in (429, 500, 502, 503):
                self.violations.append(f"{listener.person.name}: a stream was answered {reader.status}")
            self.refused += 1
            reader.status = 0
            listener.retry_at = now + 0.5
            self.close(reader)
        elif reader.closed and now >= listener.retry_at:
            listener.retry_at = now + self._chance.uniform(0.1, 0.8)
            listener.opens()
            try:
                self.open(reader.path, reader=reader, authorization=listener.person.authorization)
                self.reconnects += bool(listener.spans)
                if reader._socket is not None:  # or the kernel would read for who has stopped reading
                    reader._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            except OSError:
                reader.closed = True
