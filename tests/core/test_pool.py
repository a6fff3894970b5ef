"""Which connection of the pool a call is given; what a call does with it is tested with a real database everywhere else."""

from __future__ import annotations

import threading

import pytest

from app.core.errors import Unavailable
from app.models import db


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> db.Pool:
    monkeypatch.setattr(db, "MOST_SECONDS", 0.4)
    made = db.Pool("", db.CALLS_AT_ONCE + 1, 100)
    for _ in range(db.CALLS_AT_ONCE):
        assert made._free() == (made._first, None)
    return made


def give_back(pool: db.Pool, connection: str) -> None:
    pool._moved += 1
    pool._first.put(connection)


def test_who_finds_the_usual_connections_in_use_waits_for_one_of_them(
    pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 5.0)
    threading.Timer(0.01, give_back, [pool, "warm"]).start()
    assert pool._free() == (pool._first, "warm")


def test_when_none_ends_the_reserve_is_used(pool: db.Pool) -> None:
    assert pool._free() == (pool._reserve, None)
    with pytest.raises(Unavailable):
        pool._free()
    pool._reserve.put("warm")
    assert pool._free() == (pool._reserve, "warm")


def test_the_reserve_is_not_used_while_calls_end_unless_one_waited_long(
    pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Moving:
        """Calls that end all the time, and whose places others get."""

        def __get__(self, pool: db.Pool, owner: type) -> float:
            return db.time.monotonic()

        def __set__(self, pool: db.Pool, value: float) -> None: ...

    monkeypatch.setattr(db.Pool, "_moved", Moving(), raising=False)
    with pytest.raises(Unavailable):
        pool._free()
    monkeypatch.setattr(db, "LONGEST_PATIENCE_SECONDS", 0.1)
    assert pool._free() == (pool._reserve, None)
