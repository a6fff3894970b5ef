"""Counters in memory that was made before the fork: exact for all processes of one machine, without a server.

A fixed table, so its size has a bound. A key belongs to one set of eight places; when all are taken the one that would
be forgotten first makes room. Which set that is depends on a secret of this start, so that nobody can push a counter
out by choosing keys. A record lock on the set (the kernel drops it when its holder is killed) makes the steps below one.
It excludes processes and not threads: under gevent nothing in between gives up control.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
import struct
import tempfile
import time
import weakref
from collections.abc import Callable
from hashlib import blake2b

from app.adapters.limits import STEPS, Counters, name_of
from app.core.limits import Budget, Taken

PLACES = 8
_KEY = 16
# When it may be forgotten, GCRA's time, the newest step, what all steps hold together; then the steps.
_HEAD = struct.Struct("=ddqI")
_COUNT = struct.Struct("=I")
_COUNTS = struct.Struct(f"={STEPS + 1}I")
_EXPIRES = struct.Struct("=d")
_RECORD = _HEAD.size + _COUNTS.size
_SET = PLACES * (_KEY + _RECORD)
_NOTHING = b"\x00" * _RECORD


class SharedMemory(Counters):
    """Make it before the workers are forked.

    Args:
        counters: how many may be kept at once; each takes 168 bytes, and only those in use take memory.
        now: a clock that all processes share; the system's monotonic one is never set back.
    """

    STORAGE_SCHEME = ["palaver"]

    def __init__(
        self, uri: str | None = None, counters: int = 65_536, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(uri)
        self._sets = max(1, counters // PLACES)
        self._memory = mmap.mmap(-1, self._sets * _SET)
        self._secret = secrets.token_bytes(32)
        self._now = now
        self._locks, path = tempfile.mkstemp(prefix="palaver-limits-")
        os.unlink(path)
        weakref.finalize(self, os.close, self._locks)

    def take(self, key: str, budget: Budget, cost: int = 1) -> Taken:
        digest, number = self._place_of(name_of(key, budget))
        self._hold(number)
        try:
            record = self._find(digest, number * _SET)
            return (self._gcra if budget.algorithm == "gcra" else self._window)(record, budget, cost, self._now())
        finally:
            self._release(number)

    def clear(self, key: str) -> None:
        digest, number = self._place_of(key)
        self._hold(number)
        try:
            record = self._find(digest, number * _SET)
            self._memory[record : record + _RECORD] = _NOTHING
        finally:
            self._release(number)

    def _hold(self, number: int) -> None:
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, number)

    def _release(self, number: int) -> None:
        fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, number)

    def _place_of(self, name: str) -> tuple[bytes, int]:
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_KEY, key=self._secret).digest()
        return digest, int.from_bytes(digest[:8], "little") % self._sets

    def _find(self, digest: bytes, begin: int) -> int:
        """Where the record of this key is; an empty one when it has none yet."""
        memory, records = self._memory, begin + PLACES * _KEY
        at = memory.find(digest, begin, records)
        if at >= 0 and (at - begin) % _KEY == 0:
            return records + (at - begin) // _KEY * _RECORD
        ends = [_EXPIRES.unpack_from(memory, records + place * _RECORD)[0] for place in range(PLACES)]
        place = ends.index(min(ends))
        record = records + place * _RECORD
        memory[begin + place * _KEY : begin + (place + 1) * _KEY] = digest
        memory[record : record + _RECORD] = _NOTHING
        return record

    def _gcra(self, record: int, budget: Budget, cost: int, now: float) -> Taken:
        """The time at which all that was taken would be worked off may lie `seconds` ahead."""
        tat = max(_HEAD.unpack_from(self._memory, record)[1], now)
        step = budget.seconds / budget.amount
        wanted = tat + cost * step
        room = now + budget.seconds + step * 1e-6
        if wanted > room:
            return Taken(False, max(0, int((room - tat) / step)), tat - now, wanted - room)
        _HEAD.pack_into(self._memory, record, wanted, wanted, 0, 0)
        return Taken(True, int((room - wanted) / step), wanted - now, 0.0)

    def _window(self, record: int, budget: Budget, cost: int, now: float) -> Taken:
        """Every step is counted until it lies wholly outside the window: never too much in any window, and what was
        taken comes back a thirtieth of the window late at most."""
        memory, width = self._memory, budget.seconds / STEPS
        _, _, newest, total = _HEAD.unpack_from(memory, record)
        step = int(now / width)
        if step > newest:
            total = self._move(record, newest, step, total)
        if total + cost > budget.amount:
            _HEAD.pack_into(memory, record, (step + STEPS + 1) * width, 0.0, step, total)
            retry, reset = self._waits(record, step, total + cost - budget.amount)
            return Taken(False, max(0, budget.amount - total), reset * width - now, retry * width - now)
        at = record + _HEAD.size + step % (STEPS + 1) * _COUNT.size
        _COUNT.pack_into(memory, at, _COUNT.unpack_from(memory, at)[0] + cost)
        ends = (step + STEPS + 1) * width
        _HEAD.pack_into(memory, record, ends, 0.0, step, total + cost)
        return Taken(True, budget.amount - total - cost, ends - now, 0.0)

    def _move(self, record: int, newest: int, step: int, total: int) -> int:
        """Forget the steps that have left the window; answers what the others hold."""
        if not total:
            return 0
        if step - newest > STEPS:
            _COUNTS.pack_into(self._memory, record + _HEAD.size, *([0] * (STEPS + 1)))
            return 0
        for gone in range(newest + 1, step + 1):
            at = record + _HEAD.size + gone % (STEPS + 1) * _COUNT.size
            total -= _COUNT.unpack_from(self._memory, at)[0]
            _COUNT.pack_into(self._memory, at, 0)
        return total

    def _waits(self, record: int, step: int, wanted: int) -> tuple[int, int]:
        """The steps at which `wanted` have come back, and all."""
        counts = _COUNTS.unpack_from(self._memory, record + _HEAD.size)
        retry = reset = step + STEPS + 1
        back = 0
        for old in range(step - STEPS, step + 1):
            back += (count := counts[old % (STEPS + 1)])
            if count:
                reset = old + STEPS + 1
                retry = min(retry, reset) if back >= wanted else retry
        return retry, reset
