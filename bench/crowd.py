"""Thousands of readers in one loop, as cheap as Python can be: it counts a marker byte in what arrives and parses nothing.

The same crowd is used for every server, so that what it costs is the same for all of them.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

# In the text of every message once, and nowhere else in what a server sends.
MARK = b"~"
BATCH = 50
SAMPLED = 200
PATIENCE_SECONDS = 60.0


@dataclass
class Round:
    """What one round of messages showed: seconds it took, each sampled delivery's seconds, bytes that came."""

    deliveries: int
    seconds: float
    latencies: list[float]
    size: int

    @property
    def rate(self) -> float:
        return self.deliveries / self.seconds


class Crowd:
    """Connections that only listen.

    Args:
        request: what each says first, as bytes of HTTP.
    """

    def __init__(self, address: tuple[str, int], request: bytes, count: int) -> None:
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._buffer = bytearray(1 << 20)
        while len(self._sockets) < count:
            self._open(address, request, min(BATCH, count - len(self._sockets)))
        step = max(1, count // SAMPLED)
        self._sample = dict.fromkeys(list(self._sockets)[::step], 0)
        self._receive = {fd: sock.recv_into for fd, sock in self._sockets.items()}

    def _open(self, address: tuple[str, int], request: bytes, count: int) -> None:
        made = [socket.create_connection(address, timeout=PATIENCE_SECONDS) for _ in range(count)]
        for sock in made:
            sock.sendall(request)
        for sock in made:
            head = b""
            while b"\r\n\r\n" not in head:
                data = sock.recv(65_536)
                if not data:
                    raise RuntimeError("a connection was closed while it opened")
                head += data
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head[:200].decode("latin-1"))
            sock.setblocking(False)
            self._sockets[sock.fileno()] = sock
            self._epoll.register(sock, select.EPOLLIN)

    def __len__(self) -> int:
        return len(self._sockets)

    def close(self) -> None:
        """Hang up, all at once."""
        for sock in self._sockets.values():
            sock.close()
        self._epoll.close()

    def play(self, publish: Callable[[], None], messages: int, window: int) -> Round:
        """Publish so many messages, `window` of them in flight, and wait until everybody has all."""
        self.settle()
        count, buffer, receive, sample = len(self), self._buffer, self._receive, dict.fromkeys(self._sample, 0)
        seen = size = sent = 0
        sent_at: list[float] = []
        latencies: list[float] = []
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while seen < messages * count:
            while sent < messages and seen >= (sent - window + 1) * count:
                sent_at.append(time.perf_counter())
                publish()
                sent += 1
            for fd, _ in self._epoll.poll(1.0, 8192):
                got = receive[fd](buffer)
                marks = buffer.count(MARK, 0, got)
                seen += marks
                size += got
                if fd in sample and marks:
                    now, first = time.perf_counter(), sample[fd]
                    latencies += [now - sent_at[n] for n in range(first, min(first + marks, sent))]
                    sample[fd] = first + marks
                if not got:
                    raise RuntimeError("a reader was cut off")
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{messages * count - seen} deliveries are missing")
        return Round(seen, time.perf_counter() - sent_at[0], latencies, size)

    def settle(self) -> None:
        """Read what is still on its way until it is quiet."""
        while ready := self._epoll.poll(0.05, 8192):
            for fd, _ in ready:
                self._receive[fd](self._buffer)
