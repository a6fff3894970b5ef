"""`python -m bench.chaos --minutes 10 --seed N`: everything fails at any moment; nothing may be lost or doubled.

A PostgreSQL of its own, four web workers, a jobs worker and two models; people who write, ask again, branch, and listen
with one or two streams each; web workers, gunicorn, jobs and PostgreSQL are killed, connections cut, readers stop reading.
Writers insist with the same client_id, streams come back with Last-Event-ID, and a `resync` makes a client load its state
anew. When it is quiet, what each of them saw is compared with the database. The seed chooses what happens, not when
processes run.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.launch.postgres import LocalPostgres
from app.models.bootstrap import bootstrap
from bench.chaos import verdict
from bench.chaos.faults import Faults
from bench.chaos.listening import Ears, Listener
from bench.chaos.people import Person, Writer, crowd
from bench.report import report
from tests.databases import Database
from tests.servers import Stack

SETTLE_SECONDS = 60.0
WRITERS = 8
# So that readers do fall behind, and are told to load the state anew.
TIGHT = {"PALAVER__SSE__MAX_BACKLOG_BYTES": "65536", "PALAVER__SSE__MAX_REPLAY_EVENTS": "12"}


@dataclass
class Outcome:
    """What one run showed."""

    seed: int
    row: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    log: str = ""


@contextlib.contextmanager
def world(workers: int, **env: str) -> Iterator[tuple[Stack, LocalPostgres]]:
    """A server of its own; called in the main thread, with which PostgreSQL ends."""
    folder = Path(tempfile.mkdtemp(prefix="palaver-chaos-"))
    folder.chmod(0o755)
    postgres = LocalPostgres(folder).start()
    try:
        owner = postgres.owner_url
        stack = Stack(Database("palaver", owner, bootstrap(owner)), folder, workers, True, **env)
        try:
            yield stack, postgres
        finally:
            stack.stop()
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def chaos(seconds: float, seed: int, people: int = 100, workers: int = 4, pause: float = 4.0) -> Outcome:
    """One run.

    Args:
        pause: seconds between two faults, on average.
    """
    chance = random.Random(seed)
    outcome = Outcome(seed)
    with world(workers, **TIGHT) as (stack, postgres):
        everybody = crowd(stack, people, chance)
        with Ears(stack.url, chance) as ears:
            listeners = listen(everybody, ears, chance)
            stop, loading = threading.Event(), threading.Event()
            loaders = [threading.Thread(target=load, args=(everybody[n::4], loading), daemon=True) for n in range(4)]
            writers = [Writer(everybody[n::WRITERS], random.Random(seed + n), 0.3, stop) for n in range(WRITERS)]
            for thread in (*loaders, *writers):
                thread.start()
            faults = Faults(stack, postgres, ears, chance)
            faults.run(seconds, pause)
            stop.set()
            for writer in writers:
                writer.join()
            faults.end()
            outcome.violations += verdict.await_quiet(stack.database)
            truth = verdict.Truth(stack.database)
            settle(truth, listeners)
            loading.set()
            judge(outcome, truth, everybody, listeners, ears)
            outcome.row = summary(outcome, seconds, everybody, listeners, ears, faults, truth)
        outcome.log = "".join(path.read_text(errors="replace")[-2500:] for path in stack.folder.glob("*.log"))
    return outcome


def listen(everybody: list[Person], ears: Ears, chance: random.Random) -> list[Listener]:
    """Everybody has a stream of everything; every other one also one of a conversation."""
    listeners = [Listener(person, None, person.view) for person in everybody]
    listeners += [Listener(person, chance.choice(person.conversations), None) for person in everybody[::2]]
    for listener in listeners:
        ears.add(listener)
    deadline = time.monotonic() + SETTLE_SECONDS
    while not all(listener.spans for listener in listeners) and time.monotonic() < deadline:
        time.sleep(0.05)
    return listeners


def load(people: list[Person], done: threading.Event) -> None:
    """Load the state of whoever was told to start over."""
    while not done.wait(0.02):
        for person in people:
            if person.view.is_stale:
                person.load()


def settle(truth: verdict.Truth, listeners: list[Listener]) -> None:
    """Wait until everybody has caught up, or will not."""
    last = {listener: max(truth.audible(listener), default=0) for listener in listeners}
    deadline = time.monotonic() + SETTLE_SECONDS
    behind: list[Listener] = []
    while time.monotonic() < deadline:
        behind = [one for one in listeners if one.position < last[one] or (one.view is not None and one.view.is_stale)]
        if not behind:
            return
        time.sleep(0.1)
    for one in behind:
        one.violations.append(
            f"{one.person.name} {one.reader.path} is at {one.position}, not {last[one]}; closed: {one.reader.closed},"
            f" status: {one.reader.status}, old state: {one.view is not None and one.view.is_stale}"
        )


def judge(
    outcome: Outcome, truth: verdict.Truth, everybody: list[Person], listeners: list[Listener], ears: Ears
) -> None:
    """Everything that is not as it should be."""
    outcome.violations += [*ears.violations, *verdict.of_the_log(truth), *verdict.of_the_writes(truth, everybody)]
    for listener in listeners:
        outcome.violations += verdict.of_a_stream(truth, listener)
    for person in everybody:
        outcome.violations += verdict.of_a_view(truth, person)


def summary(
    outcome: Outcome, seconds: float, everybody: list[Person], listeners: list[Listener], ears: Ears, faults: Faults,
    truth: verdict.Truth,
) -> dict[str, Any]:  # fmt: skip
    """One line of the table."""
    statuses = Counter(m["status"] for m in truth.messages.values() if m["role"] == "assistant")
    return {
        "seed": outcome.seed, "seconds": round(seconds), "people": len(everybody), "streams": len(listeners),
        **{f"{name} faults": faults.counts[name] for name in sorted(faults.counts)},
        "reconnects": ears.reconnects, "streams refused": ears.refused, "resyncs": sum(one.resyncs for one in listeners),
        "retries": sum(p.retries for p in everybody), "messages": len(truth.messages), "events": len(truth.events),
        "heard": sum(len(span.heard) for one in listeners for span in one.spans),
        "acknowledged": sum(len(p.written) for p in everybody),
        **{f"answers {status}": statuses[status] for status in sorted(statuses)},
        "acts": dict(sum((p.acts for p in everybody), Counter())), "violations": len(outcome.violations),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two faults, on average")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}", flush=True)
    outcome = chaos(options.minutes * 60, seed, options.people, options.workers, options.pause)
    for violation in outcome.violations[:200]:
        print(f"VIOLATION {violation}", file=sys.stderr)
    if outcome.violations:
        print(outcome.log, file=sys.stderr)
    report("chaos", [{"what": name, "count": value} for name, value in outcome.row.items()])
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
