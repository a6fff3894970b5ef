"""Bring a database to the state that this code needs: schema, functions, seed, and the run-time role.

Schema files are applied once, each in its own transaction, and recorded with their digest; a file that changed after
that is refused. Functions are replaced as a whole, in one transaction, whenever any of their files changed, so that a
running server never sees half of them. Everything happens under an advisory lock: ten processes may start at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from app.models import green

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "pg"
LOCK = 0x50414C41564552  # "PALAVER"
SUPPORTED = range(16, 19)


class BootstrapError(Exception):
    """The database cannot be used as it is; the message is one line that says what to do."""


def files(stage: str) -> dict[str, str]:
    """The SQL files of `schema`, `procs` or `seed` in the order they are applied: name -> SHA-256."""
    found = sorted((SCRIPTS / stage).rglob("*.sql"), key=lambda p: ("internal" not in p.parts, str(p)))
    return {str(p.relative_to(SCRIPTS)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def wanted() -> dict[str, str]:
    """Every SQL file with its digest: what the ledger holds when all is applied."""
    return files("schema") | files("procs") | files("seed")


def runtime_url(owner_url: str) -> str:
    """The run-time role's address, derived from the owner's: same database, role `<owner>_run`, and a password that
    whoever knows the owner's can compute, so that no second secret has to be kept.

    Raises:
        BootstrapError: the owner's address has no password to derive one from.
    """
    dsn = parse_dsn(owner_url)
    owner, password = dsn.get("user", ""), dsn.get("password", "")
    if not password or not owner:
        raise BootstrapError("db.url has no user or no password; add them, or set db.runtime_url for the run-time role")
    secret = hmac.new(password.encode(), b"palaver run-time role", hashlib.sha256).hexdigest()
    rest = {k: v for k, v in dsn.items() if k not in ("user", "password", "dbname")}
    query = "&".join(f"{k}={quote(v, safe='')}" for k, v in rest.items())
    return f"postgresql://{quote(owner + '_run')}:{secret}@/{quote(dsn.get('dbname', owner))}?{query}"


def bootstrap(owner_url: str, progress: Callable[[str], None] | None = None, runtime: str | None = None) -> str:
    """Apply everything that is missing; harmless when nothing is.

    Args:
        owner_url: `postgresql://…` of the role that owns the database.
        progress: told one line a step.
        runtime: address of the run-time role; None derives it (see `runtime_url`).

    Returns:
        the address that the application uses.

    Raises:
        BootstrapError: unreachable, a wrong version, a changed schema file, or SQL that fails.
    """
    runtime = runtime or runtime_url(owner_url)
    say = progress or (lambda line: None)
    with green.patience():
        _bootstrap(owner_url, runtime, say)
    return runtime


def _bootstrap(owner_url: str, runtime: str, say: Callable[[str], None]) -> None:
    try:
        connection = psycopg2.connect(make_dsn(owner_url, connect_timeout=10))
    except psycopg2.OperationalError as error:
        raise BootstrapError(f"the database cannot be reached: {' '.join(str(error).split())}") from None
    try:
        _check_version(connection.server_version)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", (LOCK,))
            _apply(connection, cursor, say)
            _grant(cursor, parse_dsn(runtime))
    finally:
        connection.close()


def _check_version(version: int) -> None:
    if version // 10_000 not in SUPPORTED:
        raise BootstrapError(f"this is PostgreSQL {version // 10_000}; Palaver needs version 16, 17 or 18")


def _apply(connection: Any, cursor: Any, say: Callable[[str], None]) -> None:
    cursor.execute("create schema if not exists palaver")
    cursor.execute(
        "create table if not exists palaver.ledger ("
        " file text primary key, digest text not null, applied_at timestamptz not null default now())"
    )
    cursor.execute("select file, digest from palaver.ledger")
    ledger = dict(cursor.fetchall())
    for name, digest in files("schema").items():
        if name not in ledger:
            say(f"applying {name}")
            _in_one_transaction(connection, [name], {name: digest})
        elif ledger[name] != digest:
            raise BootstrapError(f"{name} was changed after it had been applied; restore it and add a new file instead")
    procs = files("procs")
    if procs != {n: d for n, d in ledger.items() if n.startswith("procs/")}:
        say(f"replacing {len(procs)} files of functions")
        _in_one_transaction(connection, list(procs), procs, before=_DROP_FUNCTIONS)
    for name, digest in files("seed").items():
        if ledger.get(name) != digest:
            say(f"applying {name}")
            _in_one_transaction(connection, [name], {name: digest})


# Functions call each other in no particular order of files, so their bodies are checked by the tests that call them.
_DROP_FUNCTIONS = (
    "set local check_function_bodies = off;"
    "drop schema if exists api cascade; drop schema if exists internal cascade;"
    "create schema internal; create schema api; delete from palaver.ledger where file like 'procs/%'"
)


def _in_one_transaction(connection: Any, names: list[str], digests: dict[str, str], before: str = "") -> None:
    connection.autocommit = False
    try:
        with connection, connection.cursor() as cursor:
            if before:
                cursor.execute(before)
            for name in names:
                _run_file(cursor, name)
            for name, digest in digests.items():
                cursor.execute(
                    "insert into palaver.ledger (file, digest) values (%s, %s)"
                    " on conflict (file) do update set digest = excluded.digest, applied_at = now()",
                    (name, digest),
                )
    finally:
        connection.autocommit = True


def _run_file(cursor: Any, name: str) -> None:
    try:
        cursor.execute((SCRIPTS / name).read_text("utf-8"))
    except psycopg2.Error as error:
        raise BootstrapError(f"{name} failed: {' '.join(str(error).split())}") from error


def _grant(cursor: Any, dsn: dict[str, str]) -> None:
    """Let the run-time role execute the functions of `api`, and nothing else."""
    user, password = sql.Identifier(dsn.get("user", "")), sql.Literal(dsn.get("password", ""))
    cursor.execute("select from pg_roles where rolname = %s", (dsn.get("user", ""),))
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("create role {} login").format(user))
    # A role that we may not alter was made by the operator, with a password of its own.
    cursor.execute("select pg_has_role(current_user, %s, 'usage with admin option')", (dsn.get("user", ""),))
    row = cursor.fetchone()
    if row and row[0] and dsn.get("password"):
        cursor.execute(sql.SQL("alter role {} password {}").format(user, password))
    cursor.execute("select current_database()")
    database = sql.Identifier(cursor.fetchone()[0])
    cursor.execute(sql.SQL("revoke temporary on database {} from public").format(database))
    for statement in (
        "revoke all on schema palaver, internal from public",
        "revoke all on all functions in schema api from public",
        "grant usage on schema api to {}",
        "grant execute on all functions in schema api to {}",
    ):
        cursor.execute(sql.SQL(statement).format(user))
