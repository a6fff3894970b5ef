"""The data folder: its subfolders, its secrets and its log files."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from app.launch.errors import LaunchError

PRIVATE = ("run", "log", "secrets")
LOG_LIMIT_BYTES = 10_000_000


def prepare(directory: Path) -> Path:
    """Make the data folder and its private subfolders.

    Returns:
        its absolute path, symbolic links resolved.

    Raises:
        LaunchError: it cannot be made or written.
    """
    base = directory.resolve()
    try:
        _make_base(base)
        for name in PRIVATE:
            (base / name).mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=base / name):
                pass
    except OSError as error:
        raise LaunchError(
            f"the data folder {base} cannot be written ({error.strerror}); make it writable for this account, "
            "or choose another with PALAVER__DATA__DIR=/some/folder"
        ) from None
    return base


def _make_base(base: Path) -> None:
    if base.is_dir():
        return
    base.mkdir(parents=True)
    # root runs PostgreSQL as another account, which has to pass through, but not to list what is here.
    base.chmod(0o711 if os.geteuid() == 0 else 0o700)


def secret(path: Path) -> str:
    """The random text kept in `path` (mode 0600), made on first use."""
    try:
        if text := path.read_text("ascii").strip():
            return text
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = secrets.token_urlsafe(24)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    os.replace(name, path)
    return text


def rotate(log: Path) -> Path:
    """Set a log aside as `<name>.1` once it has grown past 10 MB; returns `log`."""
    try:
        if log.stat().st_size > LOG_LIMIT_BYTES:
            os.replace(log, log.with_name(log.name + ".1"))
    except FileNotFoundError:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return log


def size(log: Path) -> int:
    """Bytes in a log, 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def last_lines(log: Path, count: int = 8, begin: int = 0) -> list[str]:
    """The end of a log, for a person; an empty list when there is none.

    Args:
        begin: bytes at the start of the log that are of an earlier time and not shown.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(begin, log.stat().st_size - 8192))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []
