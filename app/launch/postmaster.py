"""What runs in a cluster's folder now, and what a crash may have left there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from app.launch.errors import LaunchError


def clear_remains(data: Path, sleep: Callable[[float], None], patience: float = 20.0) -> None:
    """Let what a killed launcher left come to its end, then drop its pid file.

    PostgreSQL refuses to start when the pid in the file belongs to any live process of its account; after a reboot
    that may be a stranger. The file may only go when no server process works in the folder.

    Raises:
        LaunchError: a server in this folder does not end.
    """
    begun = time.monotonic()
    asked = False
    while pids := servers(data):
        waited = time.monotonic() - begun
        if waited > patience:
            raise LaunchError(f"a PostgreSQL (process {min(pids)}) still uses {data}; end it and start again")
        if waited > 3 and not asked:
            asked = True
            _ask_to_stop(recorded_pid(data), pids)
        sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _ask_to_stop(pid: int, among: list[int]) -> None:
    if pid in among:
        os.kill(pid, signal.SIGINT)


def servers(data: Path) -> list[int]:
    """The ids of PostgreSQL processes that work in the cluster `data`; each has it as its current folder."""
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data):
            found.append(process.pid)
    return found


def recorded_pid(data: Path) -> int:
    """The process id in the cluster's pid file, 0 when there is none."""
    return int(_pid_file(data)[0] or 0)


def is_ready(data: Path) -> bool:
    """Whether the running server says that it accepts connections."""
    return _pid_file(data)[7].strip() == "ready"


def recorded_sockets(data: Path) -> Path:
    """The socket folder of the running server."""
    return Path(_pid_file(data)[4].strip())


def _pid_file(data: Path) -> list[str]:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        lines = []
    return lines + [""] * (8 - len(lines))
