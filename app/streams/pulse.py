"""The pulse of every worker: a beat in shared memory, so that a living worker can tell of one whose loop hangs."""

from __future__ import annotations

import mmap
import struct
import time

import gevent

from app.core.errors import PalaverError
from app.models import events

WORKERS = 64
BEAT_SECONDS = 0.5
# A loop that has not turned for this long is hanging, not busy.
PATIENCE_SECONDS = 5.0
_SLOT = struct.Struct("d d q")  # last beat of the loop, last answer of the database, process id


class Pulse:
    """Made before the workers are forked; each then calls `start` with its own number."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, WORKERS * _SLOT.size)

    def start(self, number: int, pid: int) -> None:
        """Begin to beat in slot `number`; returns at once."""
        self._write(number, time.monotonic(), time.monotonic(), pid)
        gevent.spawn(self._beat, number, pid)
        gevent.spawn(self._ask_database, number, pid)

    def stop(self, number: int) -> None:
        """A worker that ended is not hanging."""
        self._write(number, 0.0, 0.0, 0)

    def problems(self) -> list[str]:
        """What hangs, in words; empty when nothing does."""
        now, found = time.monotonic(), []
        for number in range(WORKERS):
            loop, database, pid = _SLOT.unpack_from(self._shared, number * _SLOT.size)
            if pid and now - loop > PATIENCE_SECONDS:
                found.append(f"the event loop of worker {pid} has not turned for {now - loop:.0f} s")
            elif pid and now - database > PATIENCE_SECONDS:
                found.append(f"the database has not answered worker {pid} for {now - database:.0f} s")
        return found

    def _beat(self, number: int, pid: int) -> None:
        while True:
            _, database, _ = _SLOT.unpack_from(self._shared, number * _SLOT.size)
            self._write(number, time.monotonic(), database, pid)
            gevent.sleep(BEAT_SECONDS)

    def _ask_database(self, number: int, pid: int) -> None:
        while True:
            try:
                events.head()
                loop, _, _ = _SLOT.unpack_from(self._shared, number * _SLOT.size)
                self._write(number, loop, time.monotonic(), pid)
            except PalaverError:
                pass
            gevent.sleep(2 * BEAT_SECONDS)

    def _write(self, number: int, loop: float, database: float, pid: int) -> None:
        _SLOT.pack_into(self._shared, number * _SLOT.size, loop, database, pid)
