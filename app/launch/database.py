"""The database Palaver shall use: reachable, of a supported version, with tables and the run-time role."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg2

from app.launch.errors import LaunchError
from app.models.bootstrap import SUPPORTED


def check_external(url: str) -> None:
    """Check the server of `db.url`.

    Raises:
        LaunchError: it cannot be reached or is not PostgreSQL 16 to 18.
    """
    try:
        connection = psycopg2.connect(url, connect_timeout=5)
    except psycopg2.OperationalError as error:
        reason = " ".join(str(error).split())
        raise LaunchError(f"the database of db.url cannot be reached ({reason}); correct PALAVER__DB__URL") from None
    try:
        major = connection.server_version // 10_000
    finally:
        connection.close()
    if major not in SUPPORTED:
        versions = f"{SUPPORTED.start} to {SUPPORTED.stop - 1}"
        raise LaunchError(f"db.url is PostgreSQL {major}; Palaver works with PostgreSQL {versions}")


def bootstrap(owner_url: str, runtime_url: str, say: Callable[[str], None], sleep: Callable[[float], None]) -> str:
    """Apply `scripts/pg` and return the address of the run-time role.

    Args:
        runtime_url: that address when the operator chose it; empty derives it from `owner_url`.

    It runs in a thread so that a stop is heard while a statement waits for somebody's lock.

    Raises:
        LaunchError: a statement failed, or the role lacks a right.
        Stopped: a stop was asked for (by `sleep`).
    """
    outcome: list[str | BaseException] = []
    arguments = (owner_url, runtime_url or None, say, outcome)
    worker = threading.Thread(target=_apply, args=arguments, name="bootstrap", daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(0.05)
        sleep(0)
    if isinstance(outcome[0], str):
        return outcome[0]
    raise LaunchError(f"the database could not be prepared: {' '.join(str(outcome[0]).split())}") from outcome[0]


def _apply(
    owner_url: str, runtime_url: str | None, say: Callable[[str], None], outcome: list[str | BaseException]
) -> None:
    try:
        from app.models import bootstrap as tables

        outcome.append(tables.bootstrap(owner_url, say, runtime_url))
    except BaseException as error:  # Handed to the main thread.
        outcome.append(error)


def use_for_status(url: str) -> None:
    """Let the launcher itself write the model's status."""
    from app.models import db

    db.configure(url, 1)
