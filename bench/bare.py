"""The least that a delivery can cost in this language: a server without a product, for the measure of `bench.fanout`.

It knows nobody, keeps nothing and asks no database: what is posted it writes at once to everybody who listens, in one
loop of `os.write`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

LISTENING = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
POSTED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Bare:
    """A running one."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        return [self.process.pid]


@contextlib.contextmanager
def running() -> Iterator[Bare]:
    """Start it; stop it at the end."""
    process = subprocess.Popen([sys.executable, "-m", "bench.bare"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Bare(int(process.stdout.readline()), process)
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    door = socket.create_server(("127.0.0.1", 0), backlog=4096)
    door.setblocking(False)
    print(door.getsockname()[1], flush=True)
    loop = select.epoll()
    loop.register(door, select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    listening: dict[int, None] = {}
    while True:
        waiting: list[bytes] = []
        for fd, _ in loop.poll():
            if fd == door.fileno():
                sock, _ = door.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[sock.fileno()] = sock
                loop.register(sock, select.EPOLLIN)
            elif not (data := _read(fd)):
                clients.pop(fd).close()
                listening.pop(fd, None)
            elif data.startswith(b"GET"):
                listening[fd] = None
                os.write(fd, LISTENING)
            else:
                waiting.append(data.partition(b"\r\n\r\n")[2])
                os.write(fd, POSTED)
        if waiting:
            frame = b"".join(b"%x\r\ndata: %b\n\n\r\n" % (len(text) + 8, text) for text in waiting)
            for fd in listening:
                os.write(fd, frame)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except ConnectionError:
        return b""


if __name__ == "__main__":
    main()
