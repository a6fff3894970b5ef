"""A road between a reader and a server that ends now and then, in the middle of whatever is on it."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)
# Behind the first bytes of a stream, so that every connection brings its reader on.
FEWEST, MOST = 4_000, 24_000


class Cutting:
    """A TCP proxy that cuts its first `cuts` connections after a random number of bytes; some end, some are reset.

    Args:
        spares_ends: never cut right before the last byte of a frame, for a reader that takes an id before the frame is
            whole.
    """

    def __init__(self, port: int, seed: int, cuts: int, spares_ends: bool = False) -> None:
        self._target, self._chance, self._left = port, random.Random(seed), cuts
        self._spares_ends = spares_ends
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                most = self._chance.randrange(FEWEST, MOST) if self._left > 0 else None
                self._left -= 1
                threading.Thread(target=self._carry, args=(client, most), daemon=True).start()

    def _carry(self, client: socket.socket, most: int | None) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self._target)) as server:
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            carried = 0
            while data := server.recv(1024):
                if most is not None and carried + len(data) > most:
                    last = data[: most - carried]
                    self._cut(client, last.rstrip(b"\n") if self._spares_ends else last)
                    return
                client.sendall(data)
                carried += len(data)

    def _cut(self, client: socket.socket, last: bytes) -> None:
        client.sendall(last)
        self.cuts += 1
        if self._chance.random() < 0.5:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.shutdown(socket.SHUT_RD)  # ends the other thread's wait, or the descriptor would stay open
        else:
            client.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
