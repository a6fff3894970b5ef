"""Clients that ask as fast as they are answered, in a process of their own: raw sockets that stay open, one loop, nothing
parsed but the status and the length. And listeners that only read what comes.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
import uuid
from typing import Any

# In the text of a request: another UUID every time.
FRESH = b"00000000-0000-4000-8000-000000000000"


class _Line:
    """One client: a connection, and what it asks again and again."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self._request = request
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self._length = -1

    def ask(self) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(self._request.replace(FRESH, str(uuid.uuid4()).encode()))

    def take(self) -> bool:
        """Read; True once the answer is complete."""
        got = self.socket.recv(1 << 18)
        if not got:
            sys.exit("a connection was closed")
        self._held += got
        if self._length < 0:
            head, found, rest = self._held.partition(b"\r\n\r\n")
            if not found:
                return False
            if not head.startswith(b"HTTP/1.1 20"):
                sys.exit(f"refused: {self._held[:600]!r}")
            lengths = [h for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")]
            self._length, self._held = int(lengths[0][15:]), rest
        if len(self._held) < self._length:
            return False
        self._held, self._length = b"", -1
        return True


def _hammer(address: list[Any], requests: list[str], seconds: float) -> None:
    """Each request on a connection of its own, again and again; says how long every answer took."""
    lines = {line.socket.fileno(): line for line in (_Line(tuple(address), text.encode()) for text in requests)}
    waiting = select.epoll()
    for fd, line in lines.items():
        waiting.register(fd, select.EPOLLIN)
        line.ask()
    took: list[float] = []
    stop = time.perf_counter() + seconds
    while lines:
        for fd, _ in waiting.poll(1.0):
            line = lines[fd]
            if line.take():
                took.append(time.perf_counter() - line.sent)
                if time.perf_counter() < stop:
                    line.ask()
                else:
                    del lines[fd]
    json.dump(took, sys.stdout)


def _listen(address: list[Any], requests: list[str]) -> None:
    """Open a stream for each request and read what comes until the process is ended."""
    held: dict[int, socket.socket] = {}
    ready, buffer = select.epoll(), bytearray(1 << 20)
    for text in requests:
        sock = socket.create_connection(tuple(address), timeout=60)
        sock.sendall(text.encode())
        if not sock.recv(64).startswith(b"HTTP/1.1 200"):
            sys.exit("a stream was refused")
        sock.setblocking(False)
        held[sock.fileno()] = sock
        ready.register(sock, select.EPOLLIN)
    print("open", flush=True)
    while True:
        for fd, _ in ready.poll():
            if not held[fd].recv_into(buffer):
                sys.exit("a stream was cut off")


def hammer(port: int, requests: list[str], seconds: float) -> list[float]:
    """How long every answer took, in seconds."""
    given = json.dumps({"address": ["127.0.0.1", port], "requests": requests, "seconds": seconds})
    done = subprocess.run([sys.executable, "-m", "bench.hammer"], input=given, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)  # type: ignore[no-any-return]


class Listeners:
    """Streams that are open and read while something else is measured; use it as a context manager."""

    def __init__(self, port: int, requests: list[str]) -> None:
        self._given = json.dumps({"address": ["127.0.0.1", port], "requests": requests})

    def __enter__(self) -> Listeners:
        command = [sys.executable, "-m", "bench.hammer"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(self._given)
        self._child.stdin.close()
        if self._child.stdout.readline() != "open\n":
            raise RuntimeError("the streams did not open")
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is not None:
            raise RuntimeError("a stream was cut off while it was measured")
        self._child.kill()
        self._child.wait()


if __name__ == "__main__":
    told = json.load(sys.stdin)
    (_hammer if "seconds" in told else _listen)(**told)
