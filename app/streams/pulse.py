"""The pulse of every worker: a beat in shared memory, so that a living worker can tell of one whose loop hangs."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable

import gevent

from app.core.errors import PalaverError
from app.models import events

WORKERS = 64
BEAT_SECONDS = 0.5
# A loop that has not turned for this long is hanging, not busy.
PATIENCE_SECONDS = 5.0
_SLOT = struct.Struct("d d d q")  # last beat of the loop, last answer of the database, last time it heard, process id


class Pulse:
    """Made before the workers are forked; each then calls `start` with its own number."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, WORKERS * _SLOT.size)

    def start(self, number: int, pid: int, is_hearing: Callable[[], bool]) -> None:
        """Begin to beat in slot `number`; returns at once.

        Args:
            is_hearing: does this worker hear what other processes say?
        """
        now = time.monotonic()
        self._write(number, now, now, now, pid)
        gevent.spawn(self._beat, number, pid, is_hearing)
        gevent.spawn(self._ask_database, number, pid)

    def stop(self, number: int) -> None:
        """A worker that ended is not hanging."""
        self._write(number, 0.0, 0.0, 0.0, 0)

    def problems(self) -> list[str]:
        """What hangs, in words; empty when nothing does."""
        now, found = time.monotonic(), []
        for number in range(WORKERS):
            loop, database, hearing, pid = self._read(number)
            if not pid:
                continue
            for at, words in (
                (loop, "the event loop of worker {pid} has not turned for {age:.0f} s"),
                (database, "the database has not answered worker {pid} for {age:.0f} s"),
                (hearing, "worker {pid} has heard no live events for {age:.0f} s"),
            ):
                if now - at > PATIENCE_SECONDS:
                    found.append(words.format(pid=pid, age=now - at))
                    break
        return found

    def _beat(self, number: int, pid: int, is_hearing: Callable[[], bool]) -> None:
        while True:
            now = time.monotonic()
            _, database, heard, _ = self._read(number)
            self._write(number, now, database, now if is_hearing() else heard, pid)
            gevent.sleep(BEAT_SECONDS)

    def _ask_database(self, number: int, pid: int) -> None:
        while True:
            try:
                events.head()
                loop, _, heard, _ = self._read(number)
                self._write(number, loop, time.monotonic(), heard, pid)
            except PalaverError:
                pass
            gevent.sleep(2 * BEAT_SECONDS)

    def _read(self, number: int) -> tuple[float, float, float, int]:
        return _SLOT.unpack_from(self._shared, number * _SLOT.size)  # type: ignore[return-value]

    def _write(self, number: int, loop: float, database: float, heard: float, pid: int) -> None:
        _SLOT.pack_into(self._shared, number * _SLOT.size, loop, database, heard, pid)
