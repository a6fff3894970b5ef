"""The one place that speaks to PostgreSQL: a pool of connections and a call of a stored function.

Every call is one statement and so one transaction and one round trip. The run-time role may execute the functions of
schema `api` and nothing else.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

import orjson
import psycopg2
from gevent import monkey
from psycopg2 import extensions as ext
from psycopg2.extras import Json, register_default_json, register_default_jsonb

from app.core import errors
from app.core.limits import Budget, Taken

log = logging.getLogger(__name__)

# The system's own, which only looks: gevent's gives every other greenlet a turn, also to look for no time at all.
_poll, _POLLIN = monkey.get_original("select", ["poll", "POLLIN"])

# A transaction that was ended by a deadlock has done nothing: trying again is safe.
RETRIES = 2


class _Deadlock(errors.Unavailable):
    pass


register_default_json(loads=orjson.loads, globally=True)
register_default_jsonb(loads=orjson.loads, globally=True)
ext.register_adapter(dict, lambda value: Json(value, dumps=lambda v: orjson.dumps(v).decode()))


class Pool:
    """At most `size` connections; who finds none free waits for one."""

    def __init__(self, url: str, size: int, statement_timeout_ms: int) -> None:
        self.url = url
        self.size = size
        self.statement_timeout_ms = statement_timeout_ms
        self._slots: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(None)

    def connect(self, statement_timeout_ms: int | None = None) -> Any:
        """A new connection in autocommit, outside the pool.

        Raises:
            psycopg2.OperationalError: PostgreSQL cannot be reached.
        """
        timeout = self.statement_timeout_ms if statement_timeout_ms is None else statement_timeout_ms
        connection = psycopg2.connect(
            self.url,
            connect_timeout=5,
            options=f"-c timezone=UTC -c statement_timeout={timeout} -c search_path=pg_temp",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            tcp_user_timeout=30_000,
        )
        connection.autocommit = True
        return connection

    def call(self, function: str, args: tuple[Any, ...]) -> Any:
        """The single value that `api.<function>(*args)` answers; tried again when the server chose it to end a deadlock."""
        for _ in range(RETRIES):
            try:
                return self._call(function, args)
            except _Deadlock:
                continue
        return self._call(function, args)

    def _call(self, function: str, args: tuple[Any, ...]) -> Any:
        try:
            connection = self._slots.get(timeout=10)
        except queue.Empty:
            raise errors.Unavailable("The server is busy; try again in a moment.") from None
        try:
            if connection is None or _is_stale(connection):
                _close(connection)
                connection = None
                connection = self.connect()
            with connection.cursor() as cursor:
                call, given = f"select api.{function}({', '.join(['%s'] * len(args))})", args
                if (who := context.get()) is not None:
                    # Evaluated before the call, in its transaction and round trip: what the audit log says of the caller.
                    call, given = call + " from set_config('palaver.context', %s, true)", (*args, who)
                cursor.execute(call, given)
                return cursor.fetchone()[0]
        except psycopg2.Error as error:
            raise _translate(function, error) from error
        except ValueError as error:
            raise errors.Invalid("Text may not contain the character NUL.") from error
        except BaseException:
            # A greenlet that is killed in mid-query leaves the connection in an unknown state.
            _close(connection)
            connection = None
            raise
        finally:
            if connection is not None and connection.closed:
                connection = None
            self._slots.put(connection)

    def close(self) -> None:
        """Close the connections that are not in use."""
        idle = 0
        while not self._slots.empty():
            _close(self._slots.get_nowait())
            idle += 1
        for _ in range(idle):
            self._slots.put(None)


# Who calls, as JSON text: ip, user_agent, session_id, key_id, request_id. A request sets it; see internal.audit.
context: ContextVar[str | None] = ContextVar("context", default=None)

_pool: Pool | None = None
# What happens after a write has committed: something may wait in the outbox. A process with a bus wakes its publisher;
# one without (a command, the launcher) publishes at once.
after_write: Callable[[], None] = lambda: read("bus_publish")  # noqa: E731
# How many writes of this process are under way.
writing = 0


def configure(url: str, pool_size: int, statement_timeout_ms: int = 5000) -> None:
    """Use this database from now on. Connections are opened when first needed."""
    global _pool
    if _pool is not None:
        _pool.close()
    _pool = Pool(url, pool_size, statement_timeout_ms)


def close() -> None:
    """Close the pool's idle connections."""
    if _pool is not None:
        _pool.close()


def pool() -> Pool:
    if _pool is None:
        raise RuntimeError("no database is configured; create_app() or db.configure() comes first")
    return _pool


def read(function: str, *args: Any) -> Any:
    """Call a stored function that emits nothing.

    Raises:
        PalaverError: what the function refused, or Unavailable when PostgreSQL cannot be reached.
    """
    return pool().call(function, args)


def write(function: str, *args: Any) -> Any:
    """Call a stored function that may emit events, and have them carried."""
    global writing
    writing += 1
    try:
        result = pool().call(function, args)
    finally:
        writing -= 1
    after_write()
    return result


def uuids(ids: Iterable[Any]) -> str:
    """An array literal of UUIDs."""
    return "{" + ",".join(str(i) for i in ids) + "}"


def _is_stale(connection: Any) -> bool:
    """An idle connection with something to read was closed by the server (a restart): found here, no request fails."""
    if connection.closed:
        return True
    poll = _poll()
    poll.register(connection.fileno(), _POLLIN)
    return bool(poll.poll(0))


def _close(connection: Any) -> None:
    if connection is not None and not connection.closed:
        connection.close()


def _limited(error: psycopg2.Error) -> errors.RateLimited:
    """What internal.post_charge or internal.budget_fail refused; the figures of the limit are in its detail."""
    if not error.diag.message_detail:
        return errors.RateLimited(error.diag.message_primary or "")
    limit = orjson.loads(error.diag.message_detail)
    if "code" in limit:
        said = error.diag.message_primary or ""
        return errors.RateLimited(said, {"Retry-After": str(limit["retry_after"])}, limit["code"])
    taken = Taken(False, 0, limit["reset"], limit["retry_after"])
    budget = Budget(limit["profile"], "gcra", limit["limit"], 0)
    return errors.RateLimited(error.diag.message_primary, taken.headers(budget))


# What the database says of these names tables and columns; this is said instead.
_SAID = {
    "23505": "Somebody else did the same at this moment.",
    "23514": "A value in the request is empty, too long, or not one of those that are possible.",
}


def _translate(function: str, error: psycopg2.Error) -> errors.PalaverError:
    """The error of the house for a database error; never the database's own words, except those of internal.fail."""
    state = error.pgcode or ""
    if state == "PV429":
        return _limited(error)
    if state in errors.FROM_SQLSTATE:
        said = _SAID.get(state) or error.diag.message_primary
        return errors.FROM_SQLSTATE[state](said or "")
    if state in ("40P01", "40001"):
        return _Deadlock("The server is busy; try again in a moment.")
    if state.startswith("22"):
        return errors.Invalid("A value in the request cannot be understood; check ids, cursors and numbers.")
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return errors.Unavailable("The database cannot be reached right now; try again in a moment.")
    # Only the code and the first line: the details quote values, and what people write is never logged.
    log.error("api.%s failed: %s %s", function, state, error.diag.message_primary)
    return errors.PalaverError("Something went wrong on the server; the request id helps its operator find it.")
