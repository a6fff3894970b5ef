"""Folders, servers and children for the tests of the launcher; everything real, nothing left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.launch.postgres import LocalPostgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def base() -> Iterator[Path]:
    """A data folder; pytest's own temporary folders are 0700 and would send the database of root elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="palaver-test-"))
    folder.chmod(0o711)
    yield folder
    until(lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists(), "the last child leaves the folder")


@pytest.fixture
def postgres(base: Path) -> Iterator[LocalPostgres]:
    server = LocalPostgres(base).start()
    yield server
    server.stop()


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python child over the repository; it is killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, cwd: Path = ROOT, program: str = sys.executable, user: int | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALAVER__")}
        child = subprocess.Popen(
            [program, *arguments],
            cwd=cwd,
            env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **({} if user is None else {"user": user, "group": user, "extra_groups": []}),
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.terminate()
        child.communicate()


def until(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for something that will happen; the limit is only there so that a broken test ends."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
