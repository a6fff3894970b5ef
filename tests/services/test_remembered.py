"""Who was let in a moment ago, without a database."""

from __future__ import annotations

import pytest

from app.core.actor import Actor
from app.services import remembered as module
from app.services.remembered import Key, Remembered

KEY = (b"token", b"client")


def hearing(most: int = 10) -> Remembered:
    held = Remembered(most)
    held.hearing = lambda: 1
    return held


class Loads:
    """Counts how often somebody is looked up."""

    def __init__(self, held: Remembered, user: str = "anna", seconds: float = 60) -> None:
        self.held, self.user, self.seconds, self.count = held, user, seconds, 0

    def ask(self, key: Key = KEY) -> Actor | None:
        def load() -> tuple[Actor, float]:
            self.count += 1
            return Actor(self.user, {}, {}), self.seconds

        return self.held.who(key, load)


def test_who_was_let_in_is_known_again() -> None:
    loads = Loads(hearing())
    first = loads.ask()
    assert first is loads.ask() and first is not None and first.id == "anna"
    assert loads.count == 1
    assert loads.ask((b"token", b"other")) is not first and loads.count == 2


def test_forgetting_a_user_forgets_all_of_him_and_nobody_else() -> None:
    held = hearing()
    anna, bob = Loads(held), Loads(held, "bob")
    for key in ((b"1", b""), (b"2", b"")):
        anna.ask(key)
    bob.ask((b"3", b""))
    held.forget("anna")
    for key in ((b"1", b""), (b"2", b"")):
        anna.ask(key)
    bob.ask((b"3", b""))
    assert (anna.count, bob.count) == (4, 1)


def test_an_answer_from_before_a_change_is_not_kept() -> None:
    held = hearing()

    def load() -> tuple[Actor, float]:
        held.forget("bob")  # while the look-up was on its way; whom it concerns is not known yet
        return Actor("anna", {}, {}), 60.0

    assert held.who(KEY, load) is not None
    assert len(held) == 0


def test_nothing_is_remembered_over_a_gap_in_hearing() -> None:
    held = hearing()
    loads = Loads(held)
    loads.ask(), loads.ask()
    assert loads.count == 1
    held.hearing = lambda: 0
    loads.ask(), loads.ask()
    assert loads.count == 3 and len(held) == 0
    held.hearing = lambda: 2
    loads.ask(), loads.ask()
    assert loads.count == 4

    numbers = iter((2, 3))  # the gap came while the look-up was on its way
    held.hearing = lambda: next(numbers)
    held.who((b"new", b""), lambda: (Actor("anna", {}, {}), 60.0))
    assert len(held) == 1


def test_nobody_is_remembered_for_long_nor_beyond_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    long, short, ended = Loads(hearing()), Loads(hearing(), seconds=3), Loads(hearing(), seconds=0)
    for loads in (long, short, ended):
        loads.ask(), loads.ask()
    assert (long.count, short.count, ended.count) == (1, 1, 2)
    now += 3
    long.ask(), short.ask()
    assert (long.count, short.count) == (1, 2)
    now += module.MOST_SECONDS - 3
    long.ask()
    assert long.count == 2


def test_only_so_many_are_remembered_and_nobody_who_was_turned_away() -> None:
    held = hearing(3)
    loads = Loads(held)
    for n in range(10):
        loads.ask((bytes([n]), b""))
        assert held.who((b"wrong", bytes([n])), lambda: None) is None
    assert len(held) == 3
    assert loads.count == 10 and loads.ask((bytes([9]), b"")) and loads.count == 10
    assert loads.ask((bytes([0]), b"")) and loads.count == 11
    held.forget("anna")
    assert len(held) == 0 and not held._keys_of
