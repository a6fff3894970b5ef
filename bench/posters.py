"""Who publishes in a measurement of deliveries, in a process of its own: a message for every byte that it is sent."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import uuid
from typing import Any

PLACE = b"00000000-0000-4000-8000-000000000000"


class Poster:
    """A child that posts; `publish` returns at once.

    Args:
        given: `{road, …}`, see `over_http` and `past_the_server`.
    """

    def __init__(self, **given: Any) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.posters", json.dumps(given)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._child.stdin is not None and self._child.stdout is not None
        self._fd = self._child.stdin.fileno()
        if self._child.stdout.read(1) != b"r":
            raise RuntimeError("the poster did not start")

    def publish(self) -> None:
        os.write(self._fd, b".")

    def close(self) -> None:
        self._child.kill()
        self._child.wait()


def over_http(address: list[Any], request: str, lines: int) -> None:
    """Send the request, with a new id in place of `PLACE`, on whichever of some open connections is free."""
    threads = [threading.Thread(target=_line, args=(tuple(address), request.encode())) for _ in range(lines)]
    for thread in threads:
        thread.start()
    sys.stdout.write("r")
    sys.stdout.flush()
    for thread in threads:
        thread.join()


def _line(address: tuple[str, int], request: bytes) -> None:
    line = socket.create_connection(address, timeout=60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while os.read(0, 1):
        line.sendall(request.replace(PLACE, str(uuid.uuid4()).encode()))
        head = b""
        while b"\r\n\r\n" not in head:
            head += line.recv(65_536)
        head, _, body = head.partition(b"\r\n\r\n")
        length = next(int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += line.recv(65_536)
        if not head.startswith(b"HTTP/1.1 20"):
            sys.exit(f"refused: {(head + body)[:300]!r}")


def past_the_server(database: str, user: str, parent: str, content: str) -> None:
    """Post by the stored function and have it carried by the bus: what is left is the work of bus and hub."""
    from app.core.actor import Actor
    from app.models import db, events
    from app.services import messages

    db.configure(database, 2)
    db.after_write = lambda: None
    actor = Actor(user, {}, {})
    events.head()
    sys.stdout.write("r")
    sys.stdout.flush()
    while wanted := os.read(0, 64):
        for _ in wanted:
            messages.reply(actor, parent, content)
        events.publish()


def main() -> None:
    given = json.loads(sys.argv[1])
    road = given.pop("road")
    over_http(**given) if road == "http" else past_the_server(**given)


if __name__ == "__main__":
    main()
