"""One launcher a data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


def take(path: Path) -> IO[str] | None:
    """An exclusive lock on `path`, held until the file is closed or this process ends; None when another has it.

    The kernel drops the lock with its owner, so kill -9 leaves nothing stale behind.
    """
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def sign(file: IO[str], text: str) -> str:
    """Write who holds the lock; returns what was there, which is empty after a clean end."""
    file.seek(0)
    before = file.read()
    file.truncate(0)
    file.write(text)
    file.flush()
    return before


def holder(path: Path) -> tuple[int, str]:
    """Process id and address the holder wrote; (0, "") when it has not yet."""
    pid, _, address = path.read_text("utf-8").partition(" ")
    return (int(pid), address.strip()) if pid.isdigit() else (0, "")


def signature(address: str) -> str:
    return f"{os.getpid()} {address}\n"
