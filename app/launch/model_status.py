"""Telling the pages how far the local model is, without ever holding up the launcher."""

from __future__ import annotations

import threading
from dataclasses import dataclass

INTERVAL_SECONDS = 1.0


@dataclass(frozen=True)
class Status:
    """One of none, external, waiting, fetching, loading, ready and failed, with what a person should know."""

    name: str
    state: str
    detail: str = ""
    done_bytes: int = 0
    total_bytes: int = 0


class Reporter:
    """Writes the latest status to the database from a thread of its own, at most once a second."""

    def __init__(self) -> None:
        self._latest: Status | None = None
        self._news = threading.Event()
        threading.Thread(target=self._work, name="model status", daemon=True).start()

    def post(self, status: Status) -> None:
        """Remember `status` as what shall be shown next."""
        if status != self._latest:
            self._latest = status
            self._news.set()

    def _work(self) -> None:
        while self._news.wait():
            self._news.clear()
            status = self._latest
            if status is not None and not _write(status):
                self._news.set()  # The database is restarting or its tables are newer; the next second tries again.
            threading.Event().wait(INTERVAL_SECONDS)


def _write(status: Status) -> bool:
    try:
        from app.models import model_status

        model_status.set_status(
            status.name, status.state, status.detail, done_bytes=status.done_bytes, total_bytes=status.total_bytes
        )
    except Exception:  # A page that shows an old state is no reason to stop the server.
        return False
    return True
