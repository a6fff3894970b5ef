"""A connection of its own that hears what PostgreSQL notifies."""

from __future__ import annotations

import psycopg2
from gevent.socket import wait_read

from app.core.errors import Unavailable
from app.models import db


class Listener:
    """Listens on one channel from the moment it is made.

    Raises:
        Unavailable: here and in `wait`, when the connection cannot be made or is cut off.
    """

    def __init__(self, channel: str) -> None:
        try:
            self._connection = db.pool().connect()
            self._connection.cursor().execute(f"listen {channel}")
        except psycopg2.Error as error:
            raise _cut_off(error) from error

    def wait(self, seconds: float) -> list[str]:
        """Payloads in the order they came; empty when none came in time.

        Then the connection is crossed once, so that one which died silently is found: a stale socket once froze
        somebody's hub for days while the health check was green.
        """
        try:
            try:
                wait_read(self._connection.fileno(), timeout=seconds)
            except TimeoutError:
                self._connection.cursor().execute("select 1")
            self._connection.poll()
        except (psycopg2.Error, OSError) as error:
            raise _cut_off(error) from error
        heard = [notification.payload for notification in self._connection.notifies]
        self._connection.notifies.clear()
        return heard

    def close(self) -> None:
        self._connection.close()


def _cut_off(error: Exception) -> Unavailable:
    return Unavailable("the listener was cut off: " + " ".join(str(error).split()))
