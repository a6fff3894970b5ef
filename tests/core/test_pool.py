"""Which connection of the pool a call is given; what a call does with it is tested with a real database everywhere else."""

from __future__ import annotations

import threading

import pytest

from app.core.errors import Unavailable
from app.models import db


def test_who_finds_all_connections_in_use_waits_for_one_before_another_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = db.Pool("", 2, 100)
    assert pool._free() is None  # the first one is opened at once
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 5.0)
    threading.Timer(0.01, pool._idle.put, ["warm"]).start()
    assert pool._free() == "warm"
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 0.001)
    assert pool._free() is None  # it was in use for too long
    monkeypatch.setattr(db, "MOST_SECONDS", 0.01)
    with pytest.raises(Unavailable):
        pool._free()


def test_connections_are_opened_one_at_a_time_unless_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = db.Pool("", 3, 100)
    assert pool._free() is None
    pool._openers = 1
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(db, "MOST_SECONDS", 0.01)
    with pytest.raises(Unavailable):
        pool._free()
    monkeypatch.setattr(db, "OPENING_SECONDS", 0.0)
    assert pool._free() is None
