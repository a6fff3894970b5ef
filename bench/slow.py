"""`python -m bench.slow`: does the server still answer while hundreds of connections send a request byte by byte?"""

from __future__ import annotations

import argparse
import resource
import socket
import threading
import time
from typing import Any

from bench.report import milliseconds, report
from bench.stacks import memory_kib, running
from tests.servers import Stack, Visitor

REQUESTS = 200
HEADERS = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    "POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Content-Length: 100000\r\n\r\n{"
)


def measure(stack: Stack, kind: str, count: int) -> dict[str, Any]:
    """Requests of one visitor while `count` others drip a byte every half second."""
    said = {"headers": HEADERS, "bodies": BODY}.get(kind, "")
    pids = [stack.web.popen.pid, *stack.web.children()]
    before, crowd = memory_kib(pids), []
    for _ in range(count if said else 0):
        sock = socket.create_connection(("127.0.0.1", stack.port))
        sock.sendall(said.encode())
        crowd.append(sock)
    stop = threading.Event()
    threading.Thread(target=_drip, args=(crowd, stop), daemon=True).start()
    time.sleep(1)
    anna = Visitor(stack.url).sign_in("anna")
    taken = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        assert anna.request("GET", "/api/conversations").status == 200
        taken.append(time.perf_counter() - begun)
    grown = memory_kib(pids) - before
    stop.set()
    for sock in crowd:
        sock.close()
    return {
        "slow": kind,
        "connections": len(crowd),
        **milliseconds(taken),
        "kib_each": round(grown / len(crowd), 1) if crowd else "",
    }


def _drip(crowd: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        for sock in crowd:
            try:
                sock.send(b"x")
            except OSError:
                pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, nargs="+", default=[500, 2000])
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(2) as stack:
        Visitor(stack.url).set_up()
        rows = [measure(stack, "none", 0)]
        rows += [measure(stack, kind, n) for n in options.connections for kind in ("headers", "bodies")]
    report("slow", rows)


if __name__ == "__main__":
    main()
