"""`python -m bench.fanout`: deliveries a second to thousands of readers, beside nginx with nchan in the same run.

Four roads. `door`: every message is a POST of the whole product (signed in, authorised, numbered, logged), handled by
the worker that also delivers it. `past`: another process posts by the stored function, so that bus and hub alone are
measured. `nchan`: a POST to nginx, which neither knows nor keeps anybody. `bare`: the same in a loop of Python with
nothing around it (`bench/bare.py`), which is the most that any server in Python could reach. Same readers, same size on the
wire; the rounds of the roads alternate, in an order that changes, each behind some messages that are not counted, and the
medians are reported. `cpu_us_each` is what a delivery cost the web processes, which a busy machine disturbs less than the
rate. The database runs without fsync.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import signal
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import bare, nchan
from bench.crowd import Crowd, Round
from bench.posters import PLACE, Poster
from bench.report import percentile, report
from bench.stacks import cpu_seconds, memory_kib, running
from tests.servers import Stack, Visitor

WINDOWS = (1, 4)
# Messages, for each in flight, that a road gets before a round is counted.
WARMING = 2
TEXT = "~" + "x" * 80
SETTINGS = {
    "PALAVER__SSE__MAX_PER_USER": "100000",
    "PALAVER__SSE__MAX_CONNECTIONS": "100000",
    "PALAVER__SSE__HEARTBEAT_SECONDS": "3600",
}


@dataclass
class Road:
    """A way to publish, the crowd that hears it, and what its rounds showed."""

    name: str
    crowd: Crowd
    poster: Poster
    kib: float
    pids: list[int]
    cpu: dict[int, float] = field(default_factory=lambda: dict.fromkeys(WINDOWS, 0.0))
    rounds: dict[int, list[Round]] = field(default_factory=lambda: {window: [] for window in WINDOWS})

    def play(self, messages: int, window: int) -> None:
        # Not counted: whoever played before has filled the caches of the processor with sockets of its own.
        self.crowd.play(self.poster.publish, WARMING * window, window)
        before = cpu_seconds(self.pids)
        self.rounds[window].append(self.crowd.play(self.poster.publish, messages, window))
        self.cpu[window] += cpu_seconds(self.pids) - before

    def rate(self, window: int) -> float:
        return statistics.median(r.rate for r in self.rounds[window])

    def row(self, window: int, workers: int, measure: Road | None) -> dict[str, Any]:
        rounds = self.rounds[window]
        latencies = [seconds for r in rounds for seconds in r.latencies]
        return {
            "road": self.name,
            "workers": workers,
            "readers": len(self.crowd),
            "window": window,
            "deliveries_per_s": round(self.rate(window)),
            "p50_ms": round(percentile(latencies, 0.5) * 1000, 1),
            "p99_ms": round(percentile(latencies, 0.99) * 1000, 1),
            "cpu_us_each": round(self.cpu[window] * 1e6 / sum(r.deliveries for r in rounds), 1),
            "kib_each": round(self.kib, 2),
            "bytes_each": round(rounds[0].size / rounds[0].deliveries),
            "to_nchan": round(self.rate(window) / measure.rate(window), 2) if measure else "",
        }


class Measured:
    """A crowd, and what the server's memory grew by for each reader."""

    def __init__(self, address: tuple[str, int], request: str, pids: list[int], readers: int) -> None:
        self.pids = pids
        warm = Crowd(address, request.encode(), 100)
        time.sleep(0.5)
        warm.close()
        time.sleep(0.5)
        before = memory_kib(pids)
        self.crowd = Crowd(address, request.encode(), readers)
        time.sleep(1)
        self.kib = (memory_kib(pids) - before) / readers


@contextlib.contextmanager
def ours(stack: Stack, anna: Visitor, readers: int) -> Iterator[list[Road]]:
    """Both roads of Palaver, to one crowd."""
    group = anna.converse("group")
    root = anna.begin(group, "begin")["id"]
    stack.settle()
    listen = f"GET /api/stream/conversations/{group} HTTP/1.1\r\nHost: x\r\nCookie: {anna.cookie()}\r\n\r\n"
    body = f'{{"content":"{TEXT}","client_id":"{PLACE.decode()}"}}'
    post = (
        f"POST /api/messages/{root}/reply HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nCookie: {anna.cookie()}\r\n"
        f"X-CSRF-TOKEN: {anna.cookies['CSRF-TOKEN']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    address = ("127.0.0.1", stack.port)
    measured = Measured(address, listen, [stack.web.popen.pid, *stack.web.children()], readers)
    door = Poster(road="http", address=address, request=post, lines=max(WINDOWS))
    past = Poster(road="past", database=stack.database.runtime, user=anna.id, parent=root, content=TEXT)
    try:
        crowd, kib, pids = measured.crowd, measured.kib, measured.pids
        yield [Road(name, crowd, poster, kib, pids) for name, poster in (("door", door), ("past", past))]
    finally:
        door.close()
        past.close()
        measured.crowd.close()


@contextlib.contextmanager
def theirs(name: str, server: nchan.Nchan | bare.Bare, readers: int, size: int) -> Iterator[Road]:
    """The road of a server without a product, with frames of the same size on the wire."""
    address = ("127.0.0.1", server.port)
    listen = "GET /listen HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
    measured = Measured(address, listen, server.pids(), readers)
    frame = TEXT.ljust(max(size - 40, len(TEXT)), "x")
    post = f"POST /publish HTTP/1.1\r\nHost: x\r\nContent-Length: {len(frame)}\r\n\r\n{frame}"
    poster = Poster(road="http", address=address, request=post, lines=max(WINDOWS))
    try:
        road = Road(name, measured.crowd, poster, measured.kib, measured.pids)
        road.crowd.play(road.poster.publish, 2, 1)
        yield road
    finally:
        poster.close()
        measured.crowd.close()


def compare(
    stack: Stack, servers: tuple[nchan.Nchan, bare.Bare], anna: Visitor, readers: int, given: argparse.Namespace
) -> list[Any]:
    """The rows for one number of workers and one of readers."""
    with ours(stack, anna, readers) as roads:
        size = roads[0].crowd.play(roads[0].poster.publish, 2, 1).size // (2 * readers)
        with theirs("nchan", servers[0], readers, size) as measure, theirs("bare", servers[1], readers, size) as least:
            turns = deque([*roads, measure, least])
            for _ in range(given.rounds):
                for window in WINDOWS:
                    for road in turns:
                        road.play(max(8, given.deliveries // readers), window)
                turns.rotate()  # nobody always plays behind the same one
            workers = len(stack.web.children())
            rows = [road.row(window, workers, measure) for window in WINDOWS for road in roads]
            rows += [least.row(window, 1, measure) for window in WINDOWS]
            return rows + [measure.row(window, 1, None) for window in WINDOWS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--deliveries", type=int, default=40_000, help="in one round")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = []
    with nchan.running() as server, bare.running() as least:
        for workers in given.workers:
            with running(workers, None, **SETTINGS) as stack:
                anna = Visitor(stack.url).set_up()
                for readers in given.readers:
                    rows += compare(stack, (server, least), anna, readers, given)
    report("fanout", rows)


if __name__ == "__main__":
    main()
