"""The folder of a PostgreSQL cluster: where it lies and how it is made."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.launch import accounts, postgres_binaries
from app.launch.accounts import Account
from app.launch.errors import LaunchError

PUBLIC_ROOT = Path("/var/lib/palaver")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
LONGEST_SOCKET_FOLDER = 90  # The kernel allows 107 bytes for the whole path of a socket.


@dataclass(frozen=True)
class Cluster:
    """Where a cluster lies (`home/data`), who runs it, with which programs, and where its socket is."""

    home: Path
    account: Account
    programs: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    def forget_sockets(self) -> None:
        """Remove the socket folder if it had to be made elsewhere."""
        if self.sockets.parent != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)


def locate(base: Path, say: Callable[[str], None]) -> Cluster:
    """Find or choose the place of the cluster of the data folder `base`; makes the folders around it.

    Raises:
        LaunchError: it is another account's, or was written by another major version of PostgreSQL.
    """
    home = base / "postgres"
    account = accounts.for_cluster(home / "data")
    if not home.exists():
        _make_home(home, account, say)
    home = home.resolve()
    programs = postgres_binaries.for_account(account, home)
    _same_major(home / "data", programs)
    return Cluster(home, account, programs, _socket_folder(home, account))


def _make_home(home: Path, account: Account, say: Callable[[str], None]) -> None:
    home.unlink(missing_ok=True)  # A link whose target was removed.
    if not account.switch or account.can_enter(home.parent):
        home.mkdir(mode=0o711)
        home.chmod(0o711)
        return
    # Never widen somebody's folders: /root stays 0700, and the database goes where its account may go.
    place = PUBLIC_ROOT / hashlib.sha256(str(home.parent).encode()).hexdigest()[:12]
    for folder in (PUBLIC_ROOT, place):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    home.symlink_to(place)
    say(f"The account {account.name} cannot enter {home.parent}; the database is kept in {place}")


def _socket_folder(home: Path, account: Account) -> Path:
    folder = home / "socket"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path(tempfile.gettempdir()) / f"palaver-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o700, exist_ok=folder.parent == home)
    account.give(folder)
    return folder


def _same_major(data: Path, programs: Path) -> None:
    try:
        written = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    major = postgres_binaries.version(programs).split(".")[0]
    if written != major:
        raise LaunchError(
            f"the database in {data} was written by PostgreSQL {written} and this release brings {major}; "
            f"dump it with version {written} and restore it, or set PALAVER__DB__URL to a server of that version"
        )


def initialise(cluster: Cluster, password: str) -> None:
    """Make the cluster beside its place and move it there when it is whole, so a crash leaves none or all of it.

    Raises:
        LaunchError: initdb failed.
    """
    fresh, letter = cluster.home / "data.new", cluster.home / "password.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    letter.unlink(missing_ok=True)
    letter.touch(mode=0o600)
    letter.write_text(password)
    for path in (fresh, letter):
        cluster.account.give(path)
    try:
        _initdb(cluster, fresh, letter)
    finally:
        letter.unlink()
    fresh.rename(cluster.data)


def _initdb(cluster: Cluster, fresh: Path, letter: Path) -> None:
    # The built-in locale sorts and folds case the same on every machine, with no locale package installed.
    command: list[str | Path] = [
        cluster.programs / "initdb", "-D", fresh, "-U", "postgres", "-E", "UTF8", "--locale-provider=builtin",
        "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={letter}",
    ]  # fmt: skip
    try:
        result = subprocess.run(
            command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, start_new_session=True,
            **cluster.account.switch,
        )  # fmt: skip
    except OSError as error:
        raise LaunchError(f"PostgreSQL's initdb cannot be run as {cluster.account.name} ({error.strerror})") from None
    if result.returncode:
        reason = next((line for line in result.stderr.splitlines() if "error" in line.lower()), result.stderr[-200:])
        raise LaunchError(f"the database could not be made in {cluster.home} ({' '.join(reason.split())})")


def set_superuser_password(cluster: Cluster, password: str) -> None:
    """Give `postgres` a new password without the old one (the secrets folder was lost); the server must be down."""
    subprocess.run(
        [cluster.programs / "postgres", "--single", "-D", cluster.data, "postgres"],
        input=f"ALTER ROLE postgres PASSWORD '{password}'\n", text=True, env=ENVIRONMENT, cwd="/",
        capture_output=True, check=True, start_new_session=True, **cluster.account.switch,
    )  # fmt: skip
