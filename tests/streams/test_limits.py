"""Limits over four real gunicorn processes."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.databases import Cluster, Database
from tests.servers import Stack, wait_for

DOOR = "/api/setup"
WORKERS = 4


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    made = cluster.clone()
    yield made
    cluster.drop(made)


@pytest.fixture
def stack(database: Database, tmp_path: Path) -> Iterator[Stack]:
    limit(database, 100)
    database.query("insert into palaver.limit_assignments (profile_id, method, path_pattern, scope)"
                   " select id, 'GET', %s, 'ip' from palaver.limit_profiles where name = 'door'", DOOR)  # fmt: skip
    server = Stack(database, tmp_path, WORKERS, jobs=False, PALAVER__RATE_LIMITS__ENABLED="true")
    yield server
    server.stop()


def limit(database: Database, amount: int) -> None:
    """By plain SQL, as an operator may. How long it takes is measured by bench/limits.py: well below a second."""
    database.query("insert into palaver.limit_profiles (name, params) values ('door', %s)"
                   " on conflict (name) do update set params = excluded.params",
                   json.dumps({"limit": amount, "window_seconds": 60}))  # fmt: skip


class Lines:
    """Connections that stay open, at least one to every worker, and which worker holds which."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.of: dict[int, http.client.HTTPConnection] = {}
        self._spare: list[http.client.HTTPConnection] = []

    def __enter__(self) -> Lines:
        wait_for(self._reaches_all, what="a connection to every worker")
        return self

    def __exit__(self, *_: object) -> None:
        for line in (*self.of.values(), *self._spare):
            line.close()

    def _reaches_all(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self._stack.port, timeout=10)
        self.ask(line)
        port = line.sock.getsockname()[1]
        for pid in self._stack.web.children():
            if any(c.raddr and c.raddr.port == port for c in psutil.Process(pid).net_connections("tcp")):
                self.of.setdefault(pid, line)
        self._spare.append(line)
        return len(self.of) == WORKERS

    def ask(self, line: http.client.HTTPConnection) -> http.client.HTTPResponse:
        line.request("GET", DOOR)
        answer = line.getresponse()
        answer.read()
        return answer

    def limits(self) -> dict[int, str]:
        """What every worker says the limit is."""
        return {pid: self.ask(line).headers["RateLimit-Limit"] for pid, line in self.of.items()}


def test_exactly_a_hundred_of_a_thousand_pass(stack: Stack) -> None:
    began = threading.Barrier(50)

    def twenty(_: int) -> list[int]:
        began.wait()
        said = []
        for _ in range(20):
            line = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
            line.request("GET", DOOR)
            said.append(line.getresponse().status)
            line.close()
        return said

    with ThreadPoolExecutor(50) as pool:
        said = Counter(status for part in pool.map(twenty, range(50)) for status in part)
    assert said == {200: 100, 429: 900}
    with Lines(stack) as lines:
        assert set(lines.limits().values()) == {"100"}


def test_a_change_by_sql_is_in_force_in_every_worker_within_a_second(stack: Stack, database: Database) -> None:
    with Lines(stack) as lines:
        assert set(lines.limits().values()) == {"100"}
        for amount in (5000, 70, 4000):
            limit(database, amount)
            wait_for(lambda: set(lines.limits().values()) == {str(amount)}, 5, "the new limit")  # noqa: B023
        database.query("delete from palaver.limit_assignments where path_pattern = %s", DOOR)
        wait_for(lambda: set(lines.limits().values()) == {"400"}, 5, "the limit of everything else")


def test_a_change_survives_a_restart_and_a_killed_worker_takes_no_counts_along(
    stack: Stack, database: Database
) -> None:
    limit(database, 3)
    with Lines(stack) as lines:
        wait_for(lambda: set(lines.limits().values()) == {"3"}, what="the new limit")
        assert {lines.ask(line).status for line in lines.of.values()} == {429}
        victim = next(iter(lines.of))
        psutil.Process(victim).kill()
    wait_for(lambda: len(stack.web.children()) == WORKERS and victim not in stack.web.children(), what="a new worker")
    with Lines(stack) as lines:
        assert {lines.ask(line).status for line in lines.of.values()} == {429}
    stack.web.stop()
    stack.web.start()
    stack.await_ready()
    with Lines(stack) as lines:
        assert set(lines.limits().values()) == {"3"}
