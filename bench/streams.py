"""`python -m bench.streams`: what a waiting stream costs, and how long a message takes to reach everybody.

Signed in, authorised, numbered and logged, as in the product. The client is a single Python thread on the same machine.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench.readers import Frame, Reader, Readers
from bench.report import milliseconds, report
from bench.stacks import memory_kib, running
from tests.servers import Visitor

MESSAGES = 20


def measure(streams: int, workers: int) -> dict[str, Any]:
    with running(workers, PALAVER__SSE__MAX_PER_USER="100000", PALAVER__SSE__MAX_CONNECTIONS="100000") as stack:
        anna = Visitor(stack.url).set_up()
        group = anna.converse("group")
        root = anna.begin(group, "begin")
        path = f"/api/stream/conversations/{group}"
        arrivals: list[float] = []

        def on_frame(_reader: Reader, frame: Frame) -> None:
            if frame.type == "message.new":
                arrivals.append(frame.at)

        with Readers(stack.url, on_frame) as readers:
            warm = [readers.open(path, anna.cookie()) for _ in range(20)]
            readers.await_open(warm)
            time.sleep(1)
            pids = [stack.web.popen.pid, *stack.web.children()]
            before = memory_kib(pids)
            began = time.perf_counter()
            clients = list(warm)
            while len(clients) < streams + len(warm):
                # A few at a time: a thousand requests at once would be measured as a thousand greenlets.
                batch = [readers.open(path, anna.cookie()) for _ in range(20)]
                readers.await_open(batch, 120)
                clients += batch
            opened = time.perf_counter() - began
            time.sleep(2)
            grown = memory_kib(pids) - before
            latencies = []
            for n in range(MESSAGES):
                arrivals.clear()
                sent = time.perf_counter()
                anna.reply(root["id"], f"message {n}")
                while len(arrivals) < len(clients):
                    time.sleep(0.002)
                latencies += [at - sent for at in arrivals]
        return {
            "streams": streams, "workers": workers, "kib_per_stream": round(grown / streams, 2),
            "opened_per_s": round(streams / opened),
        } | {f"post_to_receipt_{k}": v for k, v in milliseconds(latencies).items()}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1000])
    options = parser.parse_args()
    report("streams", [measure(n, workers) for n in options.streams for workers in (1, 2)])


if __name__ == "__main__":
    main()
