"""Starting and ending child processes so that none outlives the launcher."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.launch import folders

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: dlopen in the child of a threaded process can deadlock.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(death_signal: int, nice: int = 0) -> Callable[[], None]:
    """What a child runs before exec: the kernel will send it `death_signal` when the thread that forked it ends."""
    parent = os.getpid()

    def prepare() -> None:
        if nice:
            os.nice(nice)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # It died before prctl, so the signal will never come.
                os._exit(1)

    return prepare


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path | str = "/",
    death_signal: int = signal.SIGTERM,
    nice: int = 0,
    **account: Any,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own (a terminal's Ctrl-C does not reach it), writing to `log`.

    Call it from the main thread: the death signal follows the thread that forked.
    """
    with folders.rotate(log).open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal, nice),
            **account,
        )


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal a child and everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class Child:
    """One command the supervisor keeps running."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path,
        cwd: Path | str = "/",
        death_signal: int = signal.SIGTERM,
        nice: int = 0,
    ) -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self.last_code: int | None = None
        self._start: Callable[[], subprocess.Popen[bytes]] = lambda: spawn(
            argv, env=env, log=log, cwd=cwd, death_signal=death_signal, nice=nice
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts += 1
        self._process = self._start()

    def exit_code(self) -> int | None:
        """None while it runs."""
        if self._process is None:
            return 0
        code = self._process.poll()
        if code is not None:
            self.last_code = code
            # gunicorn's workers outlive a killed master for a moment and would hold the port.
            signal_group(self._process, signal.SIGKILL)
        return code

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            signal_group(self._process, signal.SIGKILL)
            self._process.wait()
