"""`python -m bench.sign_ins`: sign-ins a second at the chosen Argon2 cost while streams are open, and whether their
heartbeat, once a second here, ever stalls.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.report import milliseconds, report
from bench.stacks import running
from tests.servers import PASSWORD, Stack, Visitor

HEARTBEAT_SECONDS = 1.0


class Heartbeats(threading.Thread):
    """Opens streams and notes the time between two heartbeats of each."""

    def __init__(self, stack: Stack, cookie: str, streams: int) -> None:
        super().__init__(daemon=True)
        self.gaps: list[float] = []
        self.running = True
        self._selector = selectors.DefaultSelector()
        self._last: dict[int, float] = {}
        for _ in range(streams):
            sock = socket.create_connection(("127.0.0.1", stack.port))
            sock.sendall(
                f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            self._selector.register(sock, selectors.EVENT_READ)

    def run(self) -> None:
        while self.running:
            for key, _ in self._selector.select(0.1):
                data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                now = time.perf_counter()
                if b":\n\n" in data:
                    if key.fd in self._last:
                        self.gaps.append(now - self._last[key.fd])
                    self._last[key.fd] = now

    def reset(self) -> None:
        """Forget what was noted so far; the time of each stream's last heartbeat stays."""
        self.gaps = []


def sign_in(stack: Stack, until: float) -> list[float]:
    """One person after the other, until the time is over; answers how long each took."""
    took = []
    while time.perf_counter() < until:
        began = time.perf_counter()
        answer = Visitor(stack.url).request("POST", "/api/auth/login", {"email": "anna", "password": PASSWORD})
        assert answer.status == 200, answer.data
        took.append(time.perf_counter() - began)
    return took


def measure(clients: int, streams: int, seconds: float) -> list[dict[str, Any]]:
    options = {
        "PALAVER__SSE__MAX_PER_USER": "100000",
        "PALAVER__SSE__HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
        "PALAVER__SESSION__MAX_PER_USER": "100000",
    }
    with running(2, **options) as stack:
        anna = Visitor(stack.url).set_up()
        beats = Heartbeats(stack, anna.cookie(), streams)
        beats.start()
        time.sleep(4 * HEARTBEAT_SECONDS)
        quiet = {"sign_ins_at_once": 0, "streams": streams} | {
            f"heartbeat_{k}": v for k, v in milliseconds(beats.gaps).items()
        }
        beats.reset()
        until = time.perf_counter() + seconds
        with ThreadPoolExecutor(clients) as pool:
            took = [t for times in pool.map(lambda _: sign_in(stack, until), range(clients)) for t in times]
        busy = {"sign_ins_at_once": clients, "streams": streams, "sign_ins_per_s": round(len(took) / seconds, 1)}
        busy |= {f"sign_in_{k}": v for k, v in milliseconds(took).items()}
        busy |= {f"heartbeat_{k}": v for k, v in milliseconds(beats.gaps).items()}
        beats.running = False
        return [quiet, busy]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    report("sign_ins", measure(options.clients, options.streams, options.seconds))


if __name__ == "__main__":
    main()
