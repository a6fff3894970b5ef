"""Many SSE readers in one thread: raw sockets and a selector, so that the client costs as little as it can."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson


@dataclass
class Frame:
    """One SSE event as it came in.

    Attributes:
        at: `time.perf_counter()` of its arrival.
    """

    id: str
    type: str
    data: bytes
    at: float

    @property
    def payload(self) -> dict:
        return orjson.loads(self.data)["payload"]

    @property
    def seq(self) -> int | None:
        return orjson.loads(self.data).get("seq")


@dataclass(eq=False)
class Reader:
    """One connection; `frames` grows as events arrive. `last_id` is what a browser would send as Last-Event-ID."""

    path: str
    cookie: str
    last_id: str = ""
    frames: list[Frame] = field(default_factory=list)
    status: int = 0
    closed: bool = False
    head: str = ""
    _buffer: bytes = b""
    _text: bytes = b""
    _socket: socket.socket | None = None

    def of(self, *types: str) -> list[Frame]:
        return [f for f in self.frames if f.type in types]


class Readers:
    """Reads on any number of connections to one server, in a thread of its own; use it as a context manager."""

    def __init__(self, url: str, on_frame: Callable[[Reader, Frame], None] | None = None) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._on_frame = on_frame
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def open(
        self, path: str, cookie: str = "", last_id: str = "", reader: Reader | None = None, authorization: str = ""
    ) -> Reader:
        """Connect; with `reader` the same reader goes on where it was."""
        reader = reader or Reader(path, cookie)
        reader.closed, reader.status, reader._buffer, reader._text, reader.head = False, 0, b"", b"", ""
        position = last_id or reader.last_id
        head = f"GET {path} HTTP/1.1\r\nHost: {self._address[0]}:{self._address[1]}\r\nCookie: {cookie}\r\n"
        head += f"Authorization: {authorization}\r\n" if authorization else ""
        head += "Accept: text/event-stream\r\n" + (f"Last-Event-ID: {position}\r\n" if position else "")
        sock = socket.create_connection(self._address, timeout=10)
        sock.sendall(head.encode() + b"\r\n")
        sock.setblocking(False)
        reader._socket = sock
        with self._lock:
            self._selector.register(sock, selectors.EVENT_READ, reader)
        return reader

    def close(self, reader: Reader) -> None:
        """Hang up."""
        with self._lock, contextlib.suppress(KeyError, ValueError):
            if reader._socket is not None:
                self._selector.unregister(reader._socket)
                reader._socket.close()
        reader.closed = True

    def await_all(self, readers: Iterable[Reader], condition: Callable[[Reader], bool], seconds: float = 20) -> None:
        """Wait until the condition holds for every reader.

        Raises:
            AssertionError: it does not, in time.
        """
        deadline = time.monotonic() + seconds
        waiting = list(readers)
        while waiting := [r for r in waiting if not condition(r)]:
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{len(waiting)} readers still wait; one has {[f.type for f in waiting[0].frames][-8:]}"
                )
            time.sleep(0.01)

    def await_open(self, readers: Iterable[Reader], seconds: float = 20) -> None:
        self.await_all(readers, lambda r: r.status != 0, seconds)

    def _run(self) -> None:
        while self._running:
            with self._lock:
                events = self._selector.select(0) if self._selector.get_map() else []
            if not events:
                time.sleep(0.001)
            for key, _ in events:
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]

    def _read(self, reader: Reader, sock: socket.socket) -> None:
        try:
            data = sock.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(reader)
            return
        reader._buffer += data
        if not reader.status:
            head, found, rest = reader._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            reader.head, reader.status, reader._buffer = head.decode("latin-1"), int(head[9:12]), rest
        if reader.status == 200:
            self._unchunk(reader)

    def _unchunk(self, reader: Reader) -> None:
        now = time.perf_counter()
        buffer = reader._buffer
        at = 0
        while (end := buffer.find(b"\r\n", at)) >= 0:
            size = int(buffer[at:end], 16)
            if len(buffer) < end + 4 + size:
                break
            reader._text += buffer[end + 2 : end + 2 + size]
            at = end + 4 + size
        reader._buffer = buffer[at:]
        *blocks, reader._text = reader._text.split(b"\n\n")
        for block in blocks:
            self._parse(reader, block, now)

    def _parse(self, reader: Reader, block: bytes, now: float) -> None:
        fields = {}
        for line in block.split(b"\n"):
            name, _, value = line.partition(b":")
            if name:
                fields[name] = value.removeprefix(b" ")
        if b"id" in fields:
            reader.last_id = fields[b"id"].decode()
        if b"data" in fields:
            frame = Frame(fields.get(b"id", b"").decode(), fields.get(b"event", b"").decode(), fields[b"data"], now)
            reader.frames.append(frame)
            if self._on_frame:
                self._on_frame(reader, frame)
