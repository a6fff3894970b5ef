"""Folders, servers and children for the tests of the launcher; everything real, nothing left behind."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for the whole world."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    """Write the wheel `name` 0.1 with these files into `folder`."""
    about = f"{name}-0.1.dist-info"
    files = files | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    with zipfile.ZipFile(folder / f"{name}-0.1-py3-none-any.whl", "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
        archive.writestr(f"{about}/RECORD", "\n".join([*lines, f"{about}/RECORD,,"]))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
