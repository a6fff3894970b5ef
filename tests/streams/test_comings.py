"""What a process tells of comings and goings, and what it remembers of typing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import Unavailable
from app.streams import presence
from app.streams.event import Event
from app.streams.hub import Connection, Hub
from app.streams.presence import GRACE_SECONDS, LATE_SECONDS, Presence, Typists


class Told:
    """Stands for the database; `here` has who has a stream in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[list[str], list[str]]] = []
        self.here: set[str] = set()
        self.ago: dict[str, float] = {}
        self.is_down = False
        self.presence = Presence(self.here.__contains__, 200)
        self.now = 1000.0
        monkeypatch.setattr(presence.presence, "place", self._place)
        monkeypatch.setattr(presence.time, "monotonic", lambda: self.now)

    def _place(self, name: str, came: list[str], left: dict[str, float], most: int) -> None:
        if self.is_down:
            raise Unavailable("down")
        self.calls.append((came, sorted(left)))
        self.ago |= left

    def after(self, seconds: float) -> list[tuple[list[str], list[str]]]:
        """What is told then, beside that the process lives."""
        self.now += seconds
        while self.presence.tell(self.now):
            pass
        told, self.calls = [call for call in self.calls if call != ([], [])], []
        return told


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


def test_who_leaves_is_told_after_the_grace(told: Told) -> None:
    told.presence.came("bob")
    assert told.after(0) == [(["bob"], [])]
    told.presence.left("bob")
    assert told.after(GRACE_SECONDS - 0.1) == []
    assert told.after(0.2) == [([], ["bob"])] and told.after(10) == []


def test_a_sign_that_was_on_its_way_says_nothing(told: Told) -> None:
    told.presence.left("bob")
    told.after(GRACE_SECONDS + 0.1)
    assert told.ago["bob"] == pytest.approx(GRACE_SECONDS + 0.1 - LATE_SECONDS)


def test_who_changes_pages_has_not_left(told: Told) -> None:
    told.presence.left("bob")
    told.here.add("bob")
    told.presence.came("bob")
    assert told.after(1) == [(["bob"], [])] and told.after(10) == []


def test_who_came_and_left_at_once_is_told_in_that_order(told: Told) -> None:
    told.presence.came("bob")
    told.presence.left("bob")
    assert told.after(GRACE_SECONDS + 1) == [(["bob"], [])]
    assert told.after(0) == [([], ["bob"])]


def test_nothing_is_forgotten_while_the_database_is_away(told: Told) -> None:
    told.presence.came("anna")
    told.presence.left("bob")
    told.is_down = True
    with pytest.raises(Unavailable):
        told.after(GRACE_SECONDS)
    told.is_down = False
    assert told.after(1) == [(["anna"], ["bob"])]


def test_many_are_told_in_few_transactions(told: Told) -> None:
    for n in range(450):
        told.presence.came(f"u{n}")
    assert [len(came) for came, _ in told.after(0)] == [200, 200, 50]


def test_a_process_says_that_it_lives(told: Told) -> None:
    told.after(0)
    told.presence.tell(told.now + 4)
    assert told.calls == []
    told.presence.tell(told.now + 5)
    assert told.calls == [([], [])]


def typing(user: str, root: str | None = "r", conversation: str = "c", seconds: float = 5) -> Event:
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    payload = {"conversation_id": conversation, "root_id": root, "user_id": user, "expires_at": until}
    return Event(None, conversation, None, "typing.update", payload)


def of(typists: Typists, topics: list[str], user: str) -> list[Any]:
    return [told["user_id"] for told in typists.of(topics, user)]


def test_typing_is_remembered_for_those_who_may_hear_it() -> None:
    typists = Typists()
    for event in (
        typing("bob"),
        typing("bob", None),
        typing("anna"),
        typing("eve", "r", "other"),
        typing("old", seconds=-1),
    ):
        typists.hear(event)
    assert of(typists, ["c"], "anna") == ["bob", "bob"] and of(typists, ["other", "c"], "bob") == ["anna", "eve"]
    message = {"author": {"id": "bob"}}
    typists.hear(Event(1, "c", 1, "message.new", {"conversation_id": "c", "root_id": "r", "message": message}))
    assert of(typists, ["c"], "anna") == []


def test_what_is_remembered_of_typing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "MOST_TYPING", 3)
    typists = Typists()
    for n in range(5):
        typists.hear(typing(f"u{n}"))
    assert of(typists, ["c"], "") == ["u2", "u3", "u4"]


def test_an_event_of_several_topics_is_heard_once() -> None:
    hub, heard = Hub(1_000), []
    hub._push = lambda event, connections: heard.extend(c.user for c in connections)  # type: ignore[method-assign]
    for user, topics in (("anna", "ab"), ("bob", "b"), ("carol", "c")):
        connection = Connection(user, "s", "json", everything=True)
        for topic in topics:
            hub._subscribe(connection, topic)
    hub.publish(Event(None, "a", None, "presence.update", {"user_id": "x"}, ["a", "b"]))
    assert sorted(heard) == ["anna", "bob"]
    assert Event(None, "a", None, "typing.update", {}, ["a", "b"]).concerns({"b"})
    assert not Event(None, "a", None, "typing.update", {}).concerns({"b"})
