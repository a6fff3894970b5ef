"""`python -m bench.stop`: from POST …/cancel to the moment when the model's server sees the connection close.

Fifty answers each are stopped while they grow, and before their first piece; the second time others grow meanwhile. Between
two tries (the server is not there) and in the queue nobody sees a connection: there it is the time until `message.done`.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from typing import Any

from bench.readers import Readers
from bench.report import milliseconds, report
from bench.stacks import running
from tests.servers import Stack, Visitor, wait_for

WANTED_MS = 250


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--others", type=int, default=20, help="answers that grow meanwhile, the second time")
    options = parser.parse_args()
    with running() as stack, Readers(stack.url) as readers:
        person = Visitor(stack.url).set_up()
        stream = readers.open("/api/stream", person.cookie())
        readers.await_open([stream])
        bench = Bench(stack, person, lambda: [f.payload["message_id"] for f in stream.of("message.done")])
        rows = [bench.seen("growing", "pieces=3000 delay=20", options.stops), bench.seen("before the first piece", "hang=1",
                                                                                       options.stops)]  # fmt: skip
        for _ in range(options.others):
            person.begin(person.converse(), "pieces=30000 delay=20")
        time.sleep(1)
        name = f"growing, {options.others} others"
        rows.append(bench.seen(name, "pieces=3000 delay=20", options.stops))
        rows.append(bench.ended("between two tries", "fail=503", max(5, options.stops // 5)))
        stack.database.query("update palaver.providers set max_concurrent = 1")
        rows.append(bench.ended("in the queue", "pieces=3", max(5, options.stops // 5)))
    report("stop", rows)


class Bench:
    """Stops answers of one person, one at a time.

    Args:
        done: the ids of the messages that have ended, as a stream hears them.
    """

    def __init__(self, stack: Stack, person: Visitor, done: Callable[[], list[str]]) -> None:
        self.stack, self.person, self.done = stack, person, done
        self.tag = 0

    def seen(self, state: str, question: str, stops: int) -> dict[str, Any]:
        """Until the server of the model sees it."""
        took = []
        for _ in range(stops):
            self.tag += 1
            answer = self._ask(f"{question} tag={self.tag}")
            self._await_request("begun")
            time.sleep(random.uniform(0.1, 0.4))
            began = time.time()
            self.person.ok("POST", f"/api/messages/{answer}/cancel", {})
            took.append(self._await_request("gone") - began)
        return self._row(state, "server", took)

    def ended(self, state: str, question: str, stops: int) -> dict[str, Any]:
        """Until everybody hears that it ended."""
        took = []
        for _ in range(stops):
            answer = self._ask(question)
            time.sleep(random.uniform(0.5, 0.9))
            began = time.time()
            self.person.ok("POST", f"/api/messages/{answer}/cancel", {})
            self._await_end(answer)
            took.append(time.time() - began)
        return self._row(state, "message.done", took)

    def _await_request(self, what: str) -> float:
        """When the request of this tag came (`begun`), or its client went away (`gone`)."""
        return float(
            wait_for(lambda: self.stack.model_stats()[what].get(str(self.tag)), what=f"the request to be {what}")
        )

    def _await_end(self, answer: str) -> None:
        wait_for(lambda: answer in self.done(), what="message.done")

    def _ask(self, question: str) -> str:
        root = self.person.begin(self.person.converse(), question)["root_id"]
        return str(next(m["id"] for m in self.person.tree(root) if m["role"] == "assistant"))

    def _row(self, state: str, until: str, took: list[float]) -> dict[str, Any]:
        late = sum(seconds * 1000 > WANTED_MS for seconds in took)
        return (
            {"state": state, "until": until, "stops": len(took)} | milliseconds(took) | {f"over_{WANTED_MS}_ms": late}
        )


if __name__ == "__main__":
    main()
