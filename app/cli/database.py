"""Which database a command works on: `db.runtime_url`, else the one of `db.url`, else the embedded one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import psycopg2
from flask import current_app

from app.cli import operator
from app.core.errors import PalaverError
from app.core.settings import Config
from app.launch import folders, postmaster
from app.launch.errors import LaunchError
from app.launch.postgres import LocalPostgres
from app.models import bootstrap, db, ledger

NOT_RUNNING = (
    "Palaver's own database is not running; start it with scripts/run, or set PALAVER__DB__URL to another PostgreSQL"
)


def settings() -> Config:
    """The configuration of the application that this command belongs to."""
    return current_app.config["PALAVER"]


def connect() -> None:
    """Let the models reach a database that is up to date.

    Raises:
        LaunchError: it does not run, cannot be reached, or lacks SQL files of this version.
    """
    config = settings()
    configure(config)
    try:
        db.pool().connect().close()
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        raise LaunchError(
            f"the database cannot be reached ({reason}); check db.url, and run `flask bootstrap` if it is new"
        ) from None
    if behind():
        raise LaunchError("the database is not up to date with this version; run `flask bootstrap` first")
    operator.sign()


def configure(config: Config) -> None:
    """Choose the database; nothing is connected yet.

    Raises:
        LaunchError: the embedded database does not run.
        BootstrapError: `db.url` has no password to derive the run-time role's from.
    """
    if not config.db.runtime_url:  # create_app() has chosen that one already
        url = bootstrap.runtime_url(config.db.url or _running(config))
        db.configure(url, 1, config.db.statement_timeout_ms)


def behind() -> list[str]:
    """SQL files of this version that the database lacks; all of them when it was never set up."""
    try:
        return ledger.missing()
    except PalaverError:
        return list(bootstrap.wanted())


@contextmanager
def owner_url(config: Config, say: Callable[[str], None]) -> Iterator[str]:
    """The owner's address; an embedded server that does not run is started for as long as this lasts."""
    if config.db.url:
        yield config.db.url
        return
    server = LocalPostgres(folders.prepare(config.data.dir), say)
    try:
        yield server.start().owner_url
    finally:
        server.stop()


def _running(config: Config) -> str:
    base = config.data.dir.resolve()
    if not postmaster.servers((base / "postgres").resolve() / "data"):
        raise LaunchError(NOT_RUNNING)
    server = LocalPostgres(base)
    click.get_current_context().call_on_close(server.stop)  # does nothing to a server that another process started
    return server.start().owner_url
