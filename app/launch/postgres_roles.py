"""The owner role and the database of Palaver in a PostgreSQL that is ours."""

from __future__ import annotations

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

OWNER = "palaver_owner"
DATABASE = "palaver"


def can_connect(url: str) -> bool:
    """Whether the database of `url` lets us in."""
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def ensure(superuser_url: str, password: str) -> None:
    """Make the owner role (no superuser) with `password`, and its database; may be repeated."""
    connection = psycopg2.connect(superuser_url, connect_timeout=5)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            _role(cursor, encrypt_password(password, OWNER, connection, "scram-sha-256"))
            _database(cursor)
    finally:
        connection.close()


def _role(cursor: psycopg2.extensions.cursor, verifier: str) -> None:
    # The verifier is made here, so that no log of statements can hold the password.
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,))
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    statement = sql.SQL("{} ROLE {} LOGIN CREATEROLE NOSUPERUSER PASSWORD {}")
    cursor.execute(statement.format(sql.SQL(verb), sql.Identifier(OWNER), sql.Literal(verifier)))


def _database(cursor: psycopg2.extensions.cursor) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
    if not cursor.fetchone():
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        cursor.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
