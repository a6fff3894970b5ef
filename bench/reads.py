"""`python -m bench.reads`: what reading costs: pages of threads, lists, one message, and the pages that people see.

Clients keep a connection each and ask as fast as they are answered. `worker_us` is the processor time of the workers for
an answer, which a busy machine disturbs less than the rate; `database_us` is the time within the stored functions.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from app.core.actor import Actor
from app.models import db
from app.services import messages
from bench.hammer import hammer
from bench.posting import DATABASE, SETTINGS, TEXT, widen
from bench.report import milliseconds, report
from bench.stacks import cpu_seconds, function_seconds, running
from tests.servers import Stack, Visitor, member

CONVERSATIONS = 50


def furnish(stack: Stack, anna: Visitor) -> dict[str, str]:
    """Conversations, threads and messages; answers what is read, by name."""
    others = tuple(member(stack.database, stack.url, name).id for name in ("bob", "carol", "dora"))
    groups = [anna.converse("group", others) for _ in range(CONVERSATIONS)]
    actor = Actor(anna.id, {}, {})
    db.configure(stack.database.runtime, 2)
    roots = [messages.begin_thread(actor, groups[0], f"{n}: {TEXT}")["id"] for n in range(CONVERSATIONS)]
    for root, count in ((roots[0], 50), (roots[1], 500)):
        for n in range(1, count):
            messages.reply(actor, root, f"{n}: {TEXT}")
    return {
        "message": f"/api/messages/{roots[0]}",
        "tree of 50": f"/api/threads/{roots[0]}/tree",
        "tree of 500": f"/api/threads/{roots[1]}/tree?limit=500",
        "50 conversations": "/api/conversations",
        "50 threads": f"/api/conversations/{groups[0]}/threads",
        "page of 50": f"/c/{groups[0]}/t/{roots[0]}",
        "sidebar": f"/sidebar?conversation={groups[0]}",
        "readyz": "/readyz",
    }


def measure(stack: Stack, name: str, request: str, clients: int, seconds: float) -> dict[str, Any]:
    hammer(stack.port, [request] * clients, 0.3)
    time.sleep(1.2)  # PostgreSQL's statistics are written once a second
    spent, computed = function_seconds(stack), cpu_seconds(stack.web.children())
    took = hammer(stack.port, [request] * clients, seconds)
    computed = cpu_seconds(stack.web.children()) - computed
    time.sleep(1.2)
    spent = function_seconds(stack) - spent
    return {
        "what": name, "clients": clients, "per_s": round(len(took) / seconds), **milliseconds(took),
        "worker_us": round(computed / len(took) * 1e6), "database_us": round(spent / len(took) * 1e6),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--only", nargs="+", help="some of what is read, by name")
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    rows = []
    with running(2, DATABASE, **SETTINGS) as stack:
        widen(stack)
        anna = Visitor(stack.url).set_up()
        for name, path in furnish(stack, anna).items():
            if options.only and name not in options.only:
                continue
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nCookie: {anna.cookie()}\r\n\r\n"
            rows += [measure(stack, name, request, clients, options.seconds) for clients in options.clients]
    report("reads", rows)


if __name__ == "__main__":
    main()
