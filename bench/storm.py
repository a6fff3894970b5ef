"""`python -m bench.storm`: thousands of readers reconnect at once, each behind the same events that it missed.

As after a restart or a network that came back: every reader of a conversation was cut off, messages were posted
meanwhile, and all come back in the same moment with their `Last-Event-ID`. How long until each has heard what it missed, how
many were refused, and how long somebody else's requests take while that goes on.
"""

from __future__ import annotations

import argparse
import resource
import select
import signal
import socket
import sys
import threading
import time
from typing import Any

from bench.report import milliseconds, report
from bench.stacks import cpu_seconds, running
from tests.servers import Stack, Visitor, wait_for

MISSED = 20
PATIENCE_SECONDS = 120.0
SETTINGS = {
    "PALAVER__SSE__MAX_PER_USER": "100000",
    "PALAVER__SSE__MAX_CONNECTIONS": "100000",
    "PALAVER__SSE__HEARTBEAT_SECONDS": "3600",
}
# In every message once.
MARK = b"~"


class Bystander(threading.Thread):
    """Somebody who goes on reading the list of conversations."""

    def __init__(self, stack: Stack, anna: Visitor) -> None:
        super().__init__(daemon=True)
        self.taken: list[float] = []
        self.over = threading.Event()
        self._visitor = Visitor(stack.url)
        self._visitor.cookies = dict(anna.cookies)

    def run(self) -> None:
        while not self.over.is_set():
            begun = time.perf_counter()
            assert self._visitor.request("GET", "/api/conversations").status == 200
            self.taken.append(time.perf_counter() - begun)
            time.sleep(0.005)


def come_back(port: int, request: bytes, readers: int) -> tuple[list[float], int]:
    """Connect all at once; answers when each had heard what it missed, in seconds, and how many were refused."""
    epoll, begun = select.epoll(), time.perf_counter()
    sockets: dict[int, socket.socket] = {}
    for _ in range(readers):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", port))
        sockets[sock.fileno()] = sock
        epoll.register(sock, select.EPOLLOUT)
    missing, live, refused = dict.fromkeys(sockets, MISSED), list[float](), 0
    buffer = bytearray(1 << 20)
    while missing and time.perf_counter() < begun + PATIENCE_SECONDS:
        for fd, what in epoll.poll(1.0, 8192):
            if what & select.EPOLLOUT and not what & select.EPOLLHUP:
                sockets[fd].send(request)
                epoll.modify(fd, select.EPOLLIN)
                continue
            try:
                got = sockets[fd].recv_into(buffer)
            except OSError:
                got = 0
            missing[fd] -= buffer.count(MARK, 0, got)
            if not got or (buffer[:9] == b"HTTP/1.1 " and buffer[9:12] != b"200") or missing[fd] <= 0:
                refused += missing.pop(fd) > 0
                live.append(time.perf_counter() - begun)
                epoll.unregister(fd)
    for sock in sockets.values():
        sock.close()
    return live, refused + len(missing)


def measure(stack: Stack, anna: Visitor, readers: int) -> dict[str, Any]:
    group = anna.converse("group")
    root = anna.begin(group, "begin")["id"]
    stack.settle()
    [(place,)] = stack.database.query("select epoch || '.' || pos from palaver.server")
    for n in range(MISSED):
        anna.reply(root, f"~ {n}")
    stack.settle()
    request = (
        f"GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: {anna.cookie()}\r\nLast-Event-ID: {place}\r\n\r\n"
    ).encode()
    pids = stack.web.children()
    calm = Bystander(stack, anna)
    calm.start()
    time.sleep(2)
    calm.over.set()
    calm.join()
    during = Bystander(stack, anna)
    during.start()
    before = cpu_seconds(pids)
    live, refused = come_back(stack.port, request, readers)
    spent = cpu_seconds(pids) - before
    during.over.set()
    during.join()
    wait_for(lambda: anna.request("GET", "/healthz").status == 200)
    return {
        "workers": len(pids),
        "readers": readers,
        "missed_each": MISSED,
        "refused": refused,
        "all_live_s": round(max(live), 2),
        "half_live_s": round(sorted(live)[len(live) // 2], 2),
        "cpu_ms_each": round(spent * 1000 / readers, 2),
        "others_before_p99_ms": milliseconds(calm.taken)["p99_ms"],
        "others_p50_ms": milliseconds(during.taken)["p50_ms"],
        "others_p99_ms": milliseconds(during.taken)["p99_ms"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[2000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = []
    for workers in given.workers:
        with running(workers, None, **SETTINGS) as stack:
            anna = Visitor(stack.url).set_up()
            rows += [measure(stack, anna, readers) for readers in given.readers]
    report("storm", rows)


if __name__ == "__main__":
    main()
