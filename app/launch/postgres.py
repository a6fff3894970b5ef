"""The embedded PostgreSQL: one server in the data folder, on a socket, for as long as the launcher lives."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.launch import children, cluster, folders, lock, postgres_roles, postmaster
from app.launch.errors import LaunchError

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # A refused statement, its error and the error's details quote what somebody wrote. The processes that asked log the
    # code of every error that was not expected.
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
}


class LocalPostgres:
    """A PostgreSQL server over `<base_dir>/postgres`.

    Also for tests and benchmarks: `LocalPostgres(base_dir).start()`, `.owner_url`, `.stop()`. When another process
    already runs the server of this folder it is used and left running. Start it from the main thread: the server
    ends with the thread that started it.
    """

    name = "PostgreSQL"

    def __init__(
        self,
        base_dir: Path | str,
        say: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._base = Path(base_dir).resolve()
        self._say = say
        self._sleep = sleep
        self._settings = SETTINGS | dict(settings or {})
        self._place: cluster.Cluster | None = None
        self._ownership: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.log = self._base / "log" / "postgres.log"
        self.starts = 0

    def start(self) -> LocalPostgres:
        """Make the cluster if there is none, start the server, and make the owner role and database.

        Raises:
            LaunchError: it cannot be started; the message says why.
        """
        self.starts += 1
        self._place = self._place or cluster.locate(self._base, self._say)
        self._ownership = self._ownership or lock.take(self._place.home / "lock")
        if self._ownership is None:
            self._attach()
        else:
            self._launch()
            if not postgres_roles.can_connect(self.owner_url):
                postgres_roles.ensure(self.superuser_url, self._secret("postgres-owner"))
        return self

    @property
    def owner_url(self) -> str:
        """For the role that owns the database and may create roles, but is no superuser."""
        return self._url(postgres_roles.OWNER, "postgres-owner", postgres_roles.DATABASE)

    @property
    def superuser_url(self) -> str:
        return self._url("postgres", "postgres-superuser", "postgres")

    @property
    def pid(self) -> int:
        """The server's process id, 0 when it does not run."""
        return postmaster.recorded_pid(self._located.data)

    def exit_code(self) -> int | None:
        """None while the server runs."""
        if self._process is not None:
            return self._process.poll()
        return None if self._place and postmaster.servers(self._place.data) else 0

    def ask_to_stop(self) -> None:
        """Begin a fast shutdown; SIGTERM would wait for every client to leave."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End the server at once (its children with it); the next start recovers from the log."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                children.signal_group(self._process, signal.SIGKILL)
                self._process.wait()
        self._located.forget_sockets()

    def stop(self, seconds: float = 10.0) -> None:
        """Shut the server down, if it is ours, and wait for it."""
        self.ask_to_stop()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()
        self._process = None
        if self._ownership is not None:
            self._ownership.close()
            self._ownership = None

    @property
    def _located(self) -> cluster.Cluster:
        if self._place is None:
            raise RuntimeError("start() comes first")
        return self._place

    def _secret(self, name: str) -> str:
        return folders.secret(self._base / "secrets" / name)

    def _url(self, role: str, secret: str, database: str) -> str:
        # The port is named, or a PGPORT in somebody's environment would be used.
        sockets = quote(str(self._located.sockets), safe="")
        return f"postgresql://{role}:{self._secret(secret)}@/{database}?host={sockets}&port={SETTINGS['port']}"

    def _launch(self) -> None:
        place = self._located
        if self._process is not None:
            self._process.poll()  # reap it: PostgreSQL takes a zombie that a lock file names for a living server
        postmaster.clear_remains(place.data, self._sleep)
        for left in place.sockets.glob(".s.PGSQL.*"):
            left.unlink()
        known = (self._base / "secrets" / "postgres-superuser").exists()
        password = self._secret("postgres-superuser")
        if not (place.data / "PG_VERSION").exists():
            self._say("Making the database (first start) …")
            cluster.initialise(place, password)
        elif not known:
            cluster.set_superuser_password(place, password)
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._process = children.spawn(
            [place.programs / "postgres", "-D", place.data, "-k", place.sockets, *settings],
            env=cluster.ENVIRONMENT, log=self.log, death_signal=signal.SIGINT, **place.account.switch,
        )  # fmt: skip
        self._await_ready(self._process)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        begun, told = time.monotonic(), False
        while not (
            postmaster.recorded_pid(self._located.data) == process.pid and postmaster.is_ready(self._located.data)
        ):
            if process.poll() is not None:
                reason = " / ".join(folders.last_lines(self.log, 3))
                raise LaunchError(f"PostgreSQL did not start ({reason}); its log is {self.log}")
            if time.monotonic() - begun > 3 and not told:
                told = True
                self._say("PostgreSQL is recovering from a crash; this can take a while …")
            self._sleep(0.02)

    def _attach(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if postmaster.is_ready(self._located.data):
                place = self._located
                if place.sockets != postmaster.recorded_sockets(place.data):
                    place.forget_sockets()
                self._place = cluster.Cluster(
                    place.home, place.account, place.programs, postmaster.recorded_sockets(place.data)
                )
                if postgres_roles.can_connect(self.owner_url):
                    return
            self._sleep(0.1)
        raise LaunchError(f"another process holds the database in {self._located.home} and it does not answer")
