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
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil

from app.adapters.limits import Counters
from app.adapters.limits.redis import Redis
from app.adapters.limits.shared_memory import SharedMemory
from app.core.limits import Budget
from bench.report import report
from bench.stacks import running
from tests.servers import Stack, Visitor, free_port, wait_for

CLIENTS, SECONDS, WORKERS = 8, 4.0, 2


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


def load(stack: Stack, path: str, cookie: str) -> tuple[float, float]:
    """Requests a second, and microseconds of processor time of the workers for each."""
    counts = [0] * CLIENTS
    stop = time.perf_counter() + SECONDS

    def ask(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
        while time.perf_counter() < stop:
            line.request("GET", path, headers={"Cookie": cookie})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            counts[number] += 1
        line.close()

    before = _spent(stack)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS, (_spent(stack) - before) / sum(counts) * 1e6


def _spent(stack: Stack) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in stack.web.children())


def requests(name: str, **env: str) -> list[dict[str, Any]]:
    """Both doors, with these settings."""
    rows = []
    with running(WORKERS, **env) as stack:
        stack.database.query(
            "update palaver.limit_profiles set algorithm = 'moving_window',"
            ' params = \'{"limit": 1000000, "window_seconds": 3600}\''
        )
        anna = Visitor(stack.url).set_up()
        for path, cookie in (("/api/setup", ""), ("/api/auth/me", anna.cookie())):
            load(stack, path, cookie)
            rate, spent = load(stack, path, cookie)
            rows.append({"measured": f"GET {path}", "limits": name, "per_s": round(rate), "worker_us": round(spent)})
        if env:
            rows.append({"measured": "a change by SQL until every worker has it", "limits": name, "ms": arrival(stack)})
    return rows


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
    rows = counting("shared memory", SharedMemory())
    rows += requests("none") + requests("shared memory", **on)
    with redis_server() as url:
        redis = Redis(url)
        wait_for(redis.answers, what="redis-server")
        rows += counting("Redis", redis) + requests("Redis", PALAVER__RATE_LIMITS__STORAGE_URL=url, **on)
    report("limits", rows)


if __name__ == "__main__":
    main()
