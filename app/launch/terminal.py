"""What the launcher writes for the person who started it."""

from __future__ import annotations

import contextlib
import os
import threading


class Terminal:
    """Lines, and one rewritten line of progress below them when a person is watching."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._live = os.isatty(descriptor)
        self._pending = ""
        self._shown_tenth = -1
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """Write one line; progress under way is rewritten below it."""
        with self._lock:
            self._write(f"\r\x1b[K{text}\n{self._pending}" if self._live else f"{text}\n")

    def progress(self, text: str, fraction: float) -> None:
        """Show how far something long is: rewritten on a terminal, else a line every tenth."""
        with self._lock:
            if self._live:
                self._pending = text[: self._columns() - 1]
                self._write(f"\r\x1b[K{self._pending}")
            elif int(fraction * 10) != self._shown_tenth:
                self._shown_tenth = int(fraction * 10)
                self._write(f"{text}\n")

    def end_progress(self) -> None:
        with self._lock:
            self._shown_tenth = -1
            if self._pending:
                self._pending = ""
                self._write("\r\x1b[K")

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._descriptor).columns or 80
        except OSError:
            return 80

    def _write(self, text: str) -> None:
        # The terminal may be closed or the pipe's reader gone; the server goes on, or is being stopped.
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode())
