"""How fast something long goes."""

from __future__ import annotations

import time


class Pace:
    """How fast something goes and how long it will take, from when it was first asked."""

    def __init__(self) -> None:
        self._begun: tuple[float, int] | None = None

    def text(self, done: int, total: int) -> str:
        """Such as `45 % of 1117 MB, 12 MB/s, 50 s left`."""
        now = time.monotonic()
        self._begun = self._begun or (now, done)
        seconds, moved = now - self._begun[0], done - self._begun[1]
        shown = f"{done * 100 // total} % of {total // 1_000_000} MB"
        if seconds < 1 or moved <= 0:
            return shown
        return f"{shown}, {moved / seconds / 1e6:.1f} MB/s, {(total - done) * seconds / moved:.0f} s left"
