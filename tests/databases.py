"""Real databases for tests: one cluster a run, a template with everything applied, a fresh clone for whoever asks."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import parse_dsn

from app.launch.postgres import LocalPostgres
from app.models.bootstrap import bootstrap, runtime_url


@dataclass(frozen=True)
class Database:
    """Addresses of one database.

    Attributes:
        owner: may do everything, for looking at tables.
        runtime: what the application uses.
    """

    name: str
    owner: str
    runtime: str

    def query(self, statement: str, *args: object) -> list[tuple]:
        """Run SQL as the owner."""
        connection = psycopg2.connect(self.owner)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, args or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


class Cluster:
    """The embedded PostgreSQL, or the one that PALAVER_TEST_DB_URL names (an owner who may create databases).

    Args:
        settings: of the embedded one; it does not wait for the disk unless they say so.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="palaver-test-"))
        self.folder.chmod(0o755)  # as root PostgreSQL runs under another account, which must reach it
        self._numbers = itertools.count(1)
        self._server: LocalPostgres | None = None
        given = os.environ.get("PALAVER_TEST_DB_URL")
        if not given:
            self._server = LocalPostgres(self.folder, settings={"fsync": "off"} | dict(settings or {})).start()
            given = self._server.owner_url
        self._owner = given
        self._admin = self._server.superuser_url if self._server else given
        self._prefix = f"palaver_test_{os.getpid()}"
        self.template = self.create()
        bootstrap(self.template.owner)

    @property
    def server(self) -> LocalPostgres | None:
        return self._server

    def create(self, template: str = "template0") -> Database:
        """A new database owned by the owner role."""
        name = f"{self._prefix}_{next(self._numbers)}"
        owner = parse_dsn(self._owner)["user"]
        self._as_admin(
            sql.SQL("create database {} template {} owner {} strategy file_copy").format(
                *map(sql.Identifier, (name, template, owner))
            )
        )
        address = _with_database(self._owner, name)
        return Database(name, address, runtime_url(address))

    def clone(self) -> Database:
        """A database with schema, functions and seed applied."""
        made = self.create(self.template.name)
        bootstrap(made.owner)  # nothing to apply; a template does not pass on the rights on the database itself
        return made

    def drop(self, database: Database) -> None:
        self._as_admin(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database.name)))

    def stop(self) -> None:
        if self._server:
            self._server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_admin(self, statement: sql.Composed) -> None:
        connection = psycopg2.connect(_with_database(self._admin, "postgres"))
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()


def _with_database(address: str, name: str) -> str:
    head, _, query = address.partition("?")
    return head[: head.rindex("/") + 1] + name + (f"?{query}" if query else "")
