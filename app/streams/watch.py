"""Something of the database that a process keeps in memory, and how it stays fresh."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
from gevent.event import Event as Signal

log = logging.getLogger(__name__)

# Passing events can be lost with a connection; whoever heard nothing still looks this often.
SLOW_TIMER_SECONDS = 15.0
PAUSE_SECONDS = 0.5


class Watch:
    """Calls `reload` at the start, whenever it is woken, and on a slow timer; never twice at once.

    Args:
        reload: reads the database; what it raises is logged and tried again.
    """

    def __init__(self, reload: Callable[[], None]) -> None:
        self._reload = reload
        self._wake = Signal()

    def start(self) -> None:
        """Load now, so that nothing is answered in the state of the configuration alone; then keep on."""
        if not self._load():
            self._wake.set()
        gevent.spawn(self._run)

    def wake(self) -> None:
        """Something changed, or may have."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(timeout=SLOW_TIMER_SECONDS)
            self._wake.clear()
            while not self._load():
                gevent.sleep(PAUSE_SECONDS)

    def _load(self) -> bool:
        try:
            self._reload()
        except Exception as error:
            log.warning("cannot load again what changed: %s", error)
            return False
        return True
