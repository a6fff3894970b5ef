"""`python -m bench.posting`: how long a post takes, how many there are a second, and what each costs the database.

Clients keep a connection each and post as fast as they are answered, each in a conversation of its own; the streams that
are open are spread over these conversations, so every post is delivered to some of them. Limits are on (and wide), and
PostgreSQL waits for its disk, as in production. `requests`: calls of the database that a post waited for; `publications`:
calls that carry what was posted, several posts at once.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench.hammer import FRESH, Listeners, hammer
from bench.report import milliseconds, report
from bench.stacks import api_calls, cpu_seconds, running
from tests.servers import Stack, Visitor, member

SETTINGS = {
    "PALAVER__SSE__MAX_PER_USER": "100000",
    "PALAVER__SSE__MAX_CONNECTIONS": "100000",
    "PALAVER__RATE_LIMITS__ENABLED": "true",
}
DATABASE = {"fsync": "on", "track_functions": "all"}
WIDE = (
    "update palaver.limit_profiles set algorithm = 'gcra',"
    ' params = \'{"requests_per_second": 100000, "burst": 1000000}\''
)
TEXT = "What do you think of **Thursday**? I could bring the plans, and @bob the `keys`."
BESIDE = ("bus_publish", "bus_head", "bus_read")


def widen(stack: Stack) -> None:
    """Count as in production, but refuse nothing."""
    stack.database.query(WIDE)
    time.sleep(1)


def post(stack: Stack, anna: Visitor, parent: str) -> str:
    """A reply as the page sends it."""
    body = f'{{"content":"{TEXT}","client_id":"{FRESH.decode()}"}}'
    return (
        f"POST /api/messages/{parent}/reply HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nCookie: {anna.cookie()}\r\n"
        f"X-CSRF-TOKEN: {anna.cookies['CSRF-TOKEN']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def listen(anna: Visitor, conversation: str) -> str:
    return f"GET /api/stream/conversations/{conversation} HTTP/1.1\r\nHost: x\r\nCookie: {anna.cookie()}\r\n\r\n"


def measure(stack: Stack, requests: list[str], streams: int, hear: bool, seconds: float) -> dict[str, Any]:
    """One row: so many clients, so many streams, which hear what is posted or only wait."""
    hammer(stack.port, requests, 0.5)
    time.sleep(1.2)  # PostgreSQL's statistics are written once a second
    calls, cpu = api_calls(stack), cpu_seconds(stack.web.children())
    took = hammer(stack.port, requests, seconds)
    cpu = cpu_seconds(stack.web.children()) - cpu
    time.sleep(1.2)
    more = {name: count - calls.get(name, 0) for name, count in api_calls(stack).items()}
    return {
        "clients": len(requests), "streams": streams, "hear": "yes" if hear else "no",
        "posts_per_s": round(len(took) / seconds), **milliseconds(took),
        "worker_us": round(cpu / len(took) * 1e6),
        "requests": round(sum(n for name, n in more.items() if name not in BESIDE) / len(took), 2),
        "publications": round(more.get("bus_publish", 0) / len(took), 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--streams", type=int, nargs="+", default=[0, 1000])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rows = []
    with running(options.workers, DATABASE, **SETTINGS) as stack:
        widen(stack)
        anna = Visitor(stack.url).set_up()
        others = tuple(member(stack.database, stack.url, name).id for name in ("bob", "carol", "dora"))
        groups = [anna.converse("group", others) for _ in range(max(options.clients))]
        requests = [post(stack, anna, anna.begin(group, "begin")["id"]) for group in groups]
        aside = anna.converse("group", others)
        for streams, hear in [(n, hear) for n in options.streams for hear in ((False, True) if n else (False,))]:
            heard = groups if hear else [aside]
            with Listeners(stack.port, [listen(anna, heard[n % len(heard)]) for n in range(streams)]):
                rows += [measure(stack, requests[:count], streams, hear, options.seconds) for count in options.clients]
    report("posting", rows)


if __name__ == "__main__":
    main()
