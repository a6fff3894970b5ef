"""What goes wrong, by itself and at any moment."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import psutil

from app.launch.postgres import LocalPostgres
from bench.chaos.listening import Ears, Listener
from tests.servers import Stack

# How often each happens, relative to the others.
WEIGHTS = {"worker": 30, "cut": 20, "reset": 15, "slow": 20, "jobs": 12, "database": 5, "master": 4, "restart": 2}
GONE_SECONDS = 20.0


class Faults:
    """Does one after the other, from the thread that started PostgreSQL (which ends with it)."""

    def __init__(self, stack: Stack, postgres: LocalPostgres, ears: Ears, chance: random.Random) -> None:
        self.stack, self.postgres, self.ears, self.chance = stack, postgres, ears, chance
        self.counts: Counter[str] = Counter()
        self._stalled: list[Listener] = []

    def run(self, seconds: float, pause: float) -> None:
        """Each kind once, in any order, then at random, until the time is over."""
        until = time.monotonic() + seconds
        first = self.chance.sample(list(WEIGHTS), len(WEIGHTS))
        while time.monotonic() < until:
            name = first.pop() if first else self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            act: Callable[[], None] = getattr(self, name)
            act()
            self.counts[name] += 1
            time.sleep(self.chance.expovariate(1 / pause))

    def end(self) -> None:
        """Everybody reads again."""
        self._go_on(self._stalled)

    def worker(self) -> None:
        """One of the web processes is killed; gunicorn starts another."""
        with contextlib.suppress(OSError, IndexError):
            os.kill(self.chance.choice(self.stack.web.children()), signal.SIGKILL)

    def master(self) -> None:
        """gunicorn itself is killed; its workers see that and go, then somebody starts it again."""
        workers = self.stack.web.children()
        self.stack.web.kill9()
        self._start_web(workers)

    def restart(self) -> None:
        """gunicorn is asked to go, and started again."""
        workers = self.stack.web.children()
        self.stack.web.popen.send_signal(signal.SIGTERM)
        self.stack.web.popen.wait(GONE_SECONDS)
        self._start_web(workers)

    def _start_web(self, workers: list[int]) -> None:
        alive = [psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)]
        for process in psutil.wait_procs(alive, GONE_SECONDS)[1]:
            self.counts["workers that stayed"] += 1
            process.kill()
        self.stack.web.start()

    def jobs(self) -> None:
        """The worker that writes answers is killed, and started again."""
        assert self.stack.jobs is not None
        self.stack.jobs.kill9()
        self.stack.start_jobs()

    def database(self) -> None:
        """PostgreSQL is killed, and recovers."""
        os.kill(self.postgres.pid, signal.SIGKILL)
        time.sleep(self.chance.uniform(0.1, 1.5))
        self.postgres.start()

    def cut(self) -> None:
        """A tenth of the connections end."""
        for listener in self._some():
            self.ears.cut(listener, reset=False)

    def reset(self) -> None:
        """A tenth of the connections break."""
        for listener in self._some():
            self.ears.cut(listener, reset=True)

    def slow(self) -> None:
        """Some stop reading for a while."""
        some = self._some()
        for listener in some:
            self.ears.stall(listener)
        self._stalled += some
        timer = threading.Timer(self.chance.uniform(1, 15), self._go_on, [some])
        timer.daemon = True
        timer.start()

    def _go_on(self, some: list[Listener]) -> None:
        for listener in some:
            self.ears.go_on(listener)

    def _some(self) -> list[Listener]:
        everybody = list(self.ears.listeners.values())
        return self.chance.sample(everybody, max(1, len(everybody) // 10))
