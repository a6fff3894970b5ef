"""Ctrl-C and its relatives, as something that can be asked."""

from __future__ import annotations

import signal
import time
from types import FrameType

from app.launch.errors import Stopped


class Signals:
    """Counts requests to stop: the first asks, the second does not wait."""

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # Ignored under nohup.
                signal.signal(number, self._note)

    @property
    def stopping(self) -> bool:
        return self.count > 0

    @property
    def hurried(self) -> bool:
        return self.count > 1

    def sleep(self, seconds: float) -> None:
        """Wait; raises Stopped as soon as a stop was asked for."""
        end = time.monotonic() + seconds
        while not self.stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self.stopping:
            raise Stopped

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
