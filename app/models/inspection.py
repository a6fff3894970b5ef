"""What `flask doctor` wants to know of a database, seen with the eyes of the run-time role."""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.models import db

_QUESTION = """
select current_setting('server_version_num')::integer / 10000, current_user::text,
       (select rolsuper from pg_roles where rolname = current_user),
       array(select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'palaver' and c.relkind in ('r', 'p') and has_schema_privilege(n.oid, 'usage')
               and has_table_privilege(c.oid, 'select, insert, update, delete') order by 1),
       extract(epoch from clock_timestamp())::float
"""


@dataclass(frozen=True)
class Inspection:
    """Facts about the server and the role.

    Attributes:
        readable: tables of Palaver that the role can read or write; there should be none.
        clock_ahead: seconds by which the server's clock is ahead of this machine's.
    """

    version: int
    role: str
    superuser: bool
    readable: list[str]
    clock_ahead: float


def inspect() -> Inspection:
    """Ask on a connection of its own.

    Raises:
        psycopg2.Error: it cannot be reached, or refuses.
    """
    connection = db.pool().connect()
    try:
        with connection.cursor() as cursor:
            begun = time.time()
            cursor.execute(_QUESTION)
            version, role, superuser, readable, clock = cursor.fetchone()
            ended = time.time()
    finally:
        connection.close()
    # It was read at some moment in between: however long that took, only what lies outside is a difference.
    return Inspection(version, role, superuser, readable, clock - min(max(clock, begun), ended))
