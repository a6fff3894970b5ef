"""The order in which Palaver starts and ends."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from app.core import config
from app.core.settings import Config
from app.launch import database, folders, known_models, lock, ports, readiness
from app.launch.children import Child
from app.launch.errors import LaunchError, Stopped
from app.launch.local_model import LocalModel
from app.launch.model_status import Reporter, Status
from app.launch.postgres import LocalPostgres
from app.launch.signals import Signals
from app.launch.supervisor import Supervisor
from app.launch.terminal import Terminal

WEB = ("-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:application")
JOBS = ("-m", "app.jobs")
# Who needs whom decides the order; until how many seconds after the first request to stop each may take.
STOP_ORDER: list[tuple[set[str], float]] = [
    ({"web server", "jobs worker"}, 4.0),
    ({"model server"}, 5.0),
    ({"PostgreSQL"}, 8.5),
]
# After kill -9 of the launcher its children end by themselves; they may take this long to free the port.
PATIENCE_AFTER_KILL = 10.0


def run(settings: Config, show: Terminal) -> None:
    """Start everything, keep it running until a stop is asked for, and end it.

    Raises:
        LaunchError: it cannot start, or cannot go on.
    """
    signals = Signals()
    if settings.llm.model != "none" and not settings.llm.base_url:
        known_models.named(settings.llm.model)
    base = folders.prepare(settings.data.dir)
    address = ports.address(settings.server.host, settings.server.port)
    guard = lock.take(base / "run" / "lock")
    if guard is None:
        pid, where = lock.holder(base / "run" / "lock")
        raise LaunchError(f"Palaver already runs with the folder {base}: {where or 'just starting'} (process {pid})")
    with guard:
        killed = lock.sign(guard, lock.signature(address)) != ""
        try:
            Launcher(settings, base, show, signals).run(address, killed)
        except Stopped:
            pass
        finally:
            lock.sign(guard, "")


class Launcher:
    """One run of Palaver."""

    def __init__(self, settings: Config, base: Path, show: Terminal, signals: Signals) -> None:
        self._settings, self._base, self._show, self._signals = settings, base, show, signals
        self._children = Supervisor(show)
        self._model: LocalModel | None = None

    def run(self, address: str, after_kill: bool) -> None:
        server = self._settings.server
        ports.require_free(server.host, server.port, PATIENCE_AFTER_KILL if after_kill else 0.0, self._signals.sleep)
        self._show.line(f"Starting Palaver; its logs are in {self._base / 'log'}")
        try:
            runtime_url = self._database()
            model = self._start_model(runtime_url)
            self._start_doors(runtime_url, model)
            self._watch(address)
        finally:
            self._stop()

    def _database(self) -> str:
        url = self._settings.db.url
        if url:
            database.check_external(url)
        else:
            postgres = LocalPostgres(self._base, self._show.line, self._signals.sleep)
            self._children.start(postgres)
            url = postgres.owner_url
        return database.bootstrap(url, self._settings.db.runtime_url, self._show.line, self._signals.sleep)

    def _start_model(self, runtime_url: str) -> dict[str, str]:
        """Begin to fetch or load the model; returns what the other children have to know of it."""
        report, llm = Reporter(), self._settings.llm
        database.use_for_status(runtime_url)
        if llm.base_url:
            report.post(Status(llm.remote_model, "external"))
        elif llm.model == "none":
            report.post(Status("", "none"))
        else:
            self._model = LocalModel(self._settings, self._base, self._children, report, self._show)
            return self._model.environment
        return {}

    def _start_doors(self, runtime_url: str, model: dict[str, str]) -> None:
        env = environment(self._settings, self._base) | {"PALAVER__DB__RUNTIME_URL": runtime_url} | model
        log, here = self._base / "log", Path.cwd()
        # SIGQUIT is gunicorn's quick end; SIGTERM would let streams finish, with nobody left to count the seconds.
        web = Child("web server", (sys.executable, *WEB), env=env, log=log / "web.log", cwd=here,
                    death_signal=signal.SIGQUIT)  # fmt: skip
        jobs = Child("jobs worker", (sys.executable, *JOBS), env=env, log=log / "jobs.log", cwd=here)
        self._children.start(web, essential=True)
        self._children.start(jobs)

    def _watch(self, address: str) -> None:
        begun, complained = time.monotonic(), False
        while not self._signals.stopping:
            self._children.tick()
            if not self._children.settled and not (problem := readiness.problem(address)):
                self._children.settled = True
                self._show.line(f"Palaver is ready: {address}")
            elif not self._children.settled and time.monotonic() - begun > 20 and not complained:
                complained = True
                self._show.line(f"Not ready yet: {problem}")
            if self._model is not None:
                self._model.tick()
            time.sleep(0.2 if self._children.settled else 0.05)

    def _stop(self) -> None:
        self._show.end_progress()
        if self._signals.stopping:
            self._show.line("Stopping …")
        if self._model is not None:
            self._model.cancel()
        self._children.stop(STOP_ORDER, lambda: self._signals.hurried)


def environment(settings: Config, base: Path) -> dict[str, str]:
    """The environment of the web server and the jobs: this configuration, without the database's owner."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(config.PREFIX)}
    for key, value in config.as_dict(settings, mask=False).items():
        env[config.PREFIX + key.upper().replace(".", "__")] = str(value)
    del env[f"{config.PREFIX}DB__URL"]
    env[f"{config.PREFIX}DATA__DIR"] = str(base)
    return env
