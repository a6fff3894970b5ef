"""Counters: the same promises of those in shared memory and those in Redis."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.limits import Counters, name_of
from app.adapters.limits.redis import Redis
from app.adapters.limits.shared_memory import PLACES, SharedMemory
from app.core.limits import Budget
from tests.servers import free_port, wait_for

HUNDRED = Budget("hundred", "moving_window", 100, 60.0)
STEADY = Budget("steady", "gcra", 10, 2.0)  # five a second, ten at once


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> SharedMemory:
    return SharedMemory(counters=1024, now=clock)


class RedisServer:
    """A real one, on a socket of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        argv = [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path_factory.mktemp("redis"))
    yield made
    made.stop()


def connected(server: RedisServer) -> Redis:
    made = Redis(server.url, counters=1024)
    wait_for(made.answers, what="redis-server")
    return made


@pytest.fixture(params=["shared memory", "redis"])
def counters(request: pytest.FixtureRequest) -> Counters:
    """Both, on the real clock."""
    if request.param == "redis":
        return connected(request.getfixturevalue("server"))
    return SharedMemory(counters=1024)


def unique(name: str = "key") -> str:
    return f"{name}/{random.random()}"


def test_exactly_the_amount_passes(counters: Counters) -> None:
    for budget in (HUNDRED, Budget("slow", "gcra", 100, 6000.0)):
        key = unique()
        said = [counters.take(key, budget) for _ in range(1000)]
        assert [s.allowed for s in said] == [True] * 100 + [False] * 900
        assert [s.remaining for s in said[:100]] == list(range(99, -1, -1))
        assert said[-1].remaining == 0 and said[-1].retry > 0 and said[-1].reset >= said[-1].retry
        assert counters.take(unique(), budget).allowed


def test_what_is_cleared_begins_anew(counters: Counters) -> None:
    for budget in (HUNDRED, STEADY):
        key = unique()
        assert [counters.take(key, budget, budget.amount).allowed for _ in range(2)] == [True, False]
        counters.clear(name_of(key, budget))
        assert counters.take(key, budget, budget.amount).allowed


def test_looking_takes_nothing(counters: Counters) -> None:
    for budget in (HUNDRED, STEADY):
        key = unique()
        assert counters.take(key, budget).remaining == budget.amount - 1
        assert {counters.take(key, budget, 0).remaining for _ in range(20)} == {budget.amount - 1}


def test_a_changed_amount_goes_on_counting(counters: Counters) -> None:
    key = unique()
    assert counters.take(key, HUNDRED, 60).allowed
    assert not counters.take(key, Budget("hundred", "moving_window", 50, 60.0)).allowed
    assert counters.take(key, Budget("hundred", "moving_window", 200, 60.0)).remaining == 139


def test_a_short_window_moves_on_the_real_clock(counters: Counters) -> None:
    for budget in (Budget("short", "moving_window", 3, 1.0), Budget("short", "gcra", 3, 1.0)):
        key = unique()
        taken = [counters.take(key, budget) for _ in range(4)]
        assert [t.allowed for t in taken] == [True, True, True, False]
        time.sleep(taken[-1].retry + 0.05)
        assert counters.take(key, budget).allowed


def test_never_more_than_the_amount_in_any_window(memory: SharedMemory, clock: Clock) -> None:
    budget, passed, rng = Budget("b", "moving_window", 20, 60.0), [], random.Random(7)
    for _ in range(5000):
        clock.now += rng.choice([0.0, 0.1, 1.0, 7.0]) * rng.random()
        if memory.take("key", budget).allowed:
            passed.append(clock.now)
    assert len(passed) > 500
    assert all(later - earlier > 60.0 for earlier, later in zip(passed, passed[20:], strict=False))


def test_what_was_taken_comes_back_a_thirtieth_late_at_most(memory: SharedMemory, clock: Clock) -> None:
    assert memory.take("key", HUNDRED, 100).allowed
    clock.now += 59.9
    refused = memory.take("key", HUNDRED)
    assert not refused.allowed and 0.1 <= refused.retry <= 2.1
    clock.now += refused.retry + 0.001
    assert memory.take("key", HUNDRED).remaining == 99


def test_gcra_is_a_burst_and_then_a_steady_pace(memory: SharedMemory, clock: Clock) -> None:
    assert sum(memory.take("key", STEADY).allowed for _ in range(50)) == 10
    passed = 0
    for _ in range(1000):
        clock.now += 0.01
        passed += memory.take("key", STEADY).allowed
    assert passed == 50
    refused = memory.take("other", STEADY, 11)
    assert not refused.allowed and memory.take("other", STEADY, 10).allowed
    assert memory.take("other", STEADY).retry == pytest.approx(0.2, abs=1e-3)


def test_memory_has_a_bound_and_the_oldest_make_room(memory: SharedMemory, clock: Clock) -> None:
    assert memory.take("late", Budget("day", "moving_window", 1, 86_400.0)).allowed
    size = len(memory._memory)
    for number in range(20_000):
        clock.now += 0.01
        assert memory.take(f"{number}", STEADY).allowed
    assert len(memory._memory) == size
    # What is remembered longest is not pushed out by what is soon forgotten.
    assert not memory.take("late", Budget("day", "moving_window", 1, 86_400.0)).allowed


def test_strange_keys_are_keys(counters: Counters) -> None:
    for key in ("", "x" * 5000, "ключ/\x00/🙂", "\ud800"):
        assert counters.take(unique() + key, HUNDRED).remaining == 99


def test_processes_share_it_and_a_killed_one_blocks_nobody() -> None:
    memory, budget = SharedMemory(counters=PLACES), Budget("b", "moving_window", 1000, 600.0)
    children = []
    for number in range(4):
        pid = os.fork()
        if not pid:
            try:
                if number == 3:
                    memory._hold(0)
                    os.kill(os.getpid(), 9)
                os._exit(sum(memory.take("key", budget).allowed for _ in range(600)) // 10)
            finally:
                os._exit(255)
        children.append(pid)
    codes = [os.waitpid(pid, 0)[1] for pid in children]
    assert os.WIFSIGNALED(codes[3])
    assert 97 <= sum(os.waitstatus_to_exitcode(code) for code in codes[:3]) <= 100  # each rounds down to tens
    assert not memory.take("key", budget).allowed


def test_while_redis_is_away_this_machine_counts(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    counters, key = connected(server), unique()
    assert counters.take(key, HUNDRED, 100).allowed and not counters.take(key, HUNDRED).allowed
    server.stop()
    begun = time.monotonic()
    assert [counters.take(key, HUNDRED, 100).allowed for _ in range(50)] == [True] + [False] * 49
    assert time.monotonic() - begun < 5
    assert caplog.text.count("counts for itself") == 1
    server.start()
    wait_for(counters.answers, 30, "redis-server again")
    assert counters.take(key, HUNDRED, 100).allowed  # it had forgotten everything
