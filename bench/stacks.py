"""A whole Palaver for one measurement, on a database of its own."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.databases import Cluster
from tests.servers import Stack


@contextlib.contextmanager
def running(workers: int = 2, database: Any = None, **env: Any) -> Iterator[Stack]:
    """Start PostgreSQL, gunicorn, a jobs worker and the mock model; stop them at the end.

    Args:
        database: settings of PostgreSQL, by name.
    """
    cluster = Cluster(database)
    try:
        with tempfile.TemporaryDirectory() as folder:
            stack = Stack(cluster.clone(), Path(folder), workers, **env)
            try:
                yield stack
            finally:
                stack.stop()
    finally:
        cluster.stop()


def memory_kib(pids: list[int]) -> int:
    """Proportional set size of some processes together, in KiB: shared memory is counted once."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids) // 1024


def cpu_seconds(pids: list[int]) -> float:
    """What some processes have computed so far, in the kernel too."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def nanoseconds(pids: list[int]) -> int:
    """The same to the nanosecond, which short work needs; processes that are gone do not count."""
    spent = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            spent += sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return spent


def transactions(stack: Stack) -> int:
    """Transactions that the database has committed so far."""
    [(count,)] = stack.database.query("select xact_commit from pg_stat_database where datname = current_database()")
    return int(count)


def api_calls(stack: Stack) -> dict[str, int]:
    """How often each function of the database was called so far; needs the setting `track_functions`."""
    rows = stack.database.query("select funcname, calls from pg_stat_user_functions where schemaname = 'api'")
    return {str(name): int(calls) for name, calls in rows}


def function_seconds(stack: Stack) -> float:
    """How long the functions of schema `api` have run so far, all together; needs the setting `track_functions`."""
    [(spent,)] = stack.database.query(
        "select coalesce(sum(total_time), 0) from pg_stat_user_functions"
        " where schemaname = 'api' and funcname not in ('bus_publish', 'bus_head', 'bus_read')"
    )
    return float(spent) / 1000
