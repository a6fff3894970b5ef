"""`python -m bench.limits`: what a limited request costs more than an unlimited one, and how fast a change arrives.

`GET /api/setup` asks no database, so the limit is a large part of it; `GET /api/auth/me` loads a session and is limited
twice, by address and by user. A few clients keep a connection each and ask as fast as they are answered. What the server
spends is its workers' processor time for a request.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil

from app.adapters.limits import Counters
from app.adapters.limits.redis import Redis
from app.adapters.limits.shared_memory import SharedMemory
from app.core.limits import Budget
from bench.report import report
from bench.stacks import running
from tests.servers import Stack, Visitor, free_port, wait_for

CLIENTS, ROUNDS, WORKERS = 8, 5, 2


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """A Redis of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait(10)


def counting(name: str, counters: Counters) -> list[dict[str, Any]]:
    """The counters alone, without a request around them."""
    rows = []
    for budget in (Budget("b", "moving_window", 1_000_000, 60.0), Budget("b", "gcra", 1_000_000, 60.0)):
        counters.take("key", budget)
        began, times = time.perf_counter(), 20_000 if isinstance(counters, SharedMemory) else 2_000
        for _ in range(times):
            counters.take("key", budget)
        spent = (time.perf_counter() - began) / times
        rows.append({"measured": f"count, {budget.algorithm}", "limits": name, "us": round(spent * 1e6, 1)})
    return rows


class Load:
    """One door of one server: requests answered, seconds, and processor time of the workers."""

    def __init__(self, name: str, stack: Stack, path: str, cookie: str) -> None:
        self.name, self.stack, self.path, self.cookie = name, stack, path, cookie
        self.count, self.seconds, self.spent = 0, 0.0, 0.0

    def run(self, seconds: float) -> None:
        """Ask for so long, with all clients."""
        before, began = _spent(self.stack), time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            self.count += sum(pool.map(self._ask, [began + seconds] * CLIENTS))
        self.seconds += time.perf_counter() - began
        self.spent += _spent(self.stack) - before

    def _ask(self, stop: float) -> int:
        line, count = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30), 0
        while time.perf_counter() < stop:
            line.request("GET", self.path, headers={"Cookie": self.cookie})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            count += 1
        line.close()
        return count

    def row(self) -> dict[str, Any]:
        spent = self.spent / self.count * 1e6
        return {
            "measured": f"GET {self.path}", "limits": self.name, "per_s": round(self.count / self.seconds),
            "worker_us": round(spent),
        }  # fmt: skip


def _spent(stack: Stack) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in stack.web.children())


def requests(servers: dict[str, Stack]) -> list[dict[str, Any]]:
    """Every door of every server, a second each in turn: what else the machine does concerns all of them alike."""
    loads = []
    for name, stack in servers.items():
        stack.database.query(
            "update palaver.limit_profiles set algorithm = 'moving_window',"
            ' params = \'{"limit": 1000000, "window_seconds": 3600}\''
        )
        anna = Visitor(stack.url).set_up()
        loads += [Load(name, stack, "/api/setup", ""), Load(name, stack, "/api/auth/me", anna.cookie())]
    for one in loads:
        one.run(1)
        one.count, one.seconds, one.spent = 0, 0.0, 0.0
    for _ in range(ROUNDS):
        for one in loads:
            one.run(1)
    return [one.row() for one in sorted(loads, key=lambda one: one.path)]


def arrival(stack: Stack) -> float:
    """The worst of ten changes, in milliseconds, seen on many connections of both workers."""
    time.sleep(1)
    lines = [http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30) for _ in range(16)]
    worst = 0.0
    for amount in range(500_000, 500_010):
        stack.database.query(
            "update palaver.limit_profiles set params = jsonb_set(params, '{limit}', to_jsonb(%s))"
            " where name = 'everything.ip'",
            amount,
        )
        changed = time.perf_counter()
        wait_for(lambda: {_limit(line) for line in lines} == {str(amount)}, what="the change")  # noqa: B023
        worst = max(worst, time.perf_counter() - changed)
    return round(worst * 1000, 1)


def _limit(line: http.client.HTTPConnection) -> str | None:
    line.request("GET", "/api/setup")
    answer = line.getresponse()
    answer.read()
    return answer.headers["RateLimit-Limit"]


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    on = {"PALAVER__RATE_LIMITS__ENABLED": "true"}
    with contextlib.ExitStack() as held:
        url = held.enter_context(redis_server())
        redis = Redis(url)
        wait_for(redis.answers, what="redis-server")
        servers = {
            "none": held.enter_context(running(WORKERS)),
            "shared memory": held.enter_context(running(WORKERS, **on)),
            "Redis": held.enter_context(running(WORKERS, PALAVER__RATE_LIMITS__STORAGE_URL=url, **on)),
        }
        rows = counting("shared memory", SharedMemory()) + counting("Redis", redis) + requests(servers)
        rows.append({"measured": "a change by SQL until every worker has it", "ms": arrival(servers["shared memory"])})
    report("limits", rows)


if __name__ == "__main__":
    main()
