"""Work that needs the processor for long: beside the event loop, which would stop every stream meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from gevent import get_hub, monkey
from gevent.threadpool import ThreadPool

T = TypeVar("T")


def off_the_loop(function: Callable[..., T], *args: Any) -> T:
    """Call in a thread of gevent's pool while other greenlets go on; right here when nothing is patched."""
    if monkey.is_module_patched("socket"):
        return get_hub().threadpool.apply(function, args)
    return function(*args)


class Patience:
    """Waiting for work beside the loop, but not for long in all: whoever gives much to do makes nobody else wait.

    Args:
        most: seconds that may be waited at once.
        share: of the time, that comes back meanwhile.
    """

    def __init__(self, most: float, share: float) -> None:
        self._most, self._share = most, share
        self._left, self._at = most, time.monotonic()
        self._pool: ThreadPool | None = None

    def awaits(self, function: Callable[..., object], *args: Any) -> bool:
        """Call it beside the loop; False when that takes too long (it goes on) or cannot begin."""
        if not monkey.is_module_patched("socket"):
            function(*args)
            return True
        begun = time.monotonic()
        left = min(self._most, self._left + (begun - self._at) * self._share)
        self._left, self._at = left, begun
        if self._pool is None:
            self._pool = ThreadPool(1)
        if left < 0.01 or len(self._pool):
            return False
        work = self._pool.spawn(function, *args)
        work.wait(left)
        self._left, self._at = left - (time.monotonic() - begun), time.monotonic()
        return bool(work.ready())
