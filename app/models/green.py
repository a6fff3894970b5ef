"""Let psycopg2 wait the gevent way: without it one query stops the whole worker (20 x pg_sleep(1): 10.1 s against 1.1 s)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from gevent.socket import wait_read, wait_write
from psycopg2 import extensions as ext

# A server that hangs cancels no statement either: then the socket is given up, a little after statement_timeout.
wait_seconds: float | None = 7.0


def install(statement_timeout_ms: int = 5000) -> None:
    """Make every psycopg2 connection of this process cooperative. Call once, after gevent's monkey patch."""
    global wait_seconds
    wait_seconds = statement_timeout_ms / 1000 + 2
    ext.set_wait_callback(_wait)


@contextmanager
def patience() -> Iterator[None]:
    """Wait as long as it takes: a change of a large table, or another process that holds the lock of the bootstrap."""
    global wait_seconds
    usual, wait_seconds = wait_seconds, None
    try:
        yield
    finally:
        wait_seconds = usual


def _wait(connection: Any) -> None:
    while True:
        state = connection.poll()
        if state == ext.POLL_OK:
            return
        late = psycopg2.OperationalError("the database did not answer in time")
        wait = wait_read if state == ext.POLL_READ else wait_write
        wait(connection.fileno(), timeout=wait_seconds, timeout_exc=late)
