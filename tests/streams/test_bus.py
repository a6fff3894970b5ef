"""The bus reads from the log what no notification told it, and says when that is gone."""

from __future__ import annotations

from typing import Any

import gevent
import orjson
import pytest

from app.models import db, events
from app.streams.bus import Bus
from app.streams.event import Event


class Log:
    """The log of a database, as the bus sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.pruned = 0
        self.epoch = "one"
        monkeypatch.setattr(events, "head", lambda: {"epoch": self.epoch, "pos": self.last, "pruned_pos": self.pruned})
        monkeypatch.setattr(events, "log_after", lambda pos, most: [r for p, r in self.rows.items() if p > pos][:most])

    @property
    def last(self) -> int:
        return max([*self.rows, self.pruned])

    def add(self, count: int) -> list[dict[str, Any]]:
        begin = self.last + 1
        new = {
            n: {"pos": n, "topic": "t", "seq": n, "kind": "thread.activity", "payload": {}}
            for n in range(begin, begin + count)
        }
        self.rows |= new
        return list(new.values())

    def prune(self, *gone: int) -> None:
        for pos in gone:
            del self.rows[pos]
        self.pruned = max(self.pruned, *gone)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


@pytest.fixture
def heard() -> list[int | str]:
    return []


@pytest.fixture
def bus(log: Log, heard: list[int | str]) -> Bus:
    def on_event(event: Event) -> None:
        heard.append(event.pos or 0)

    made = Bus(on_event, lambda: heard.append("lost"))
    made._begin()
    return made


def test_a_notification_that_was_lost_is_read_from_the_log(log: Log, bus: Bus, heard: list[int | str]) -> None:
    bus._carry(log.add(4)[3])
    bus._carry(log.add(1)[0])
    assert heard == [1, 2, 3, 4, 5]


def test_what_was_pruned_in_the_middle_is_a_gap(log: Log, bus: Bus, heard: list[int | str]) -> None:
    log.add(6)
    log.prune(3, 4)
    bus._hear([])
    assert heard == [1, 2, "lost", 5, 6]


def test_what_was_pruned_at_the_end_is_a_gap(log: Log, bus: Bus, heard: list[int | str]) -> None:
    log.add(3)
    log.prune(2, 3)
    bus._hear([])
    assert heard == [1, "lost"] and bus.pos == 3
    bus._hear([])
    assert heard == [1, "lost"]


def test_an_event_that_comes_while_the_log_is_read_is_no_gap(
    log: Log, bus: Bus, heard: list[int | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "log_after", lambda pos, most: [])
    log.add(1)
    bus._hear([])
    assert heard == []


def test_another_history_is_a_gap(log: Log, bus: Bus, heard: list[int | str]) -> None:
    log.add(2)
    bus._begin()
    assert heard == [1, 2]
    log.epoch = "two"
    bus._begin()
    assert heard == [1, 2, "lost"] and bus.epoch == "two"


def test_a_late_piece_of_before_an_answer_went_on_is_dropped(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[dict[str, Any]] = [{"idx": 1, "content": "b"}]
    monkeypatch.setattr(events, "pieces", lambda message, start, end: [p for p in pieces if start <= p["idx"] < end])
    heard: list[int] = []
    bus.on_event = lambda event: heard.append(event.payload.get("idx", -1))
    for pos, (kind, payload) in enumerate(
        [("message.done", {"message_id": "m"}), ("message.updated", {"message": {"id": "m", "status": "streaming"}})], 1
    ):
        bus._deliver(Event(pos, "t", pos, kind, payload))
    for idx in (7, 0, 2, 3):
        bus._pass(Event(None, "t", None, "message.delta", {"message_id": "m", "idx": idx, "content": "x"}))
    assert heard == [-1, -1, 1, 2, 3]
    bus._deliver(Event(3, "t", 3, "message.updated", {"message": {"id": "n", "status": "complete"}}))
    bus._pass(Event(None, "t", None, "message.delta", {"message_id": "n", "idx": 1, "content": "x"}))
    assert heard == [-1, -1, 1, 2, 3, -1]


def said(rows: list[dict[str, Any]]) -> str:
    return "".join(orjson.dumps(row).decode() + "\n" for row in rows)


def test_what_a_process_publishes_is_delivered_at_once_and_not_again(
    bus: Bus, log: Log, heard: list[int | str]
) -> None:
    bus.listening = True
    first = said(log.add(2))
    assert bus._carry_own(first) == 2 and heard == [1, 2]
    bus._hear([first])
    assert heard == [1, 2]


def test_what_comes_behind_a_hole_waits_for_the_listener(bus: Bus, log: Log, heard: list[int | str]) -> None:
    bus.listening = True
    rows = log.add(2)
    bus._carry_own(said(rows[1:]))
    assert heard == []
    bus._hear([said(rows[1:])])
    assert heard == [1, 2]


def test_who_does_not_listen_delivers_nothing_of_his_own(bus: Bus, log: Log, heard: list[int | str]) -> None:
    bus.listening = False
    bus._carry_own(said(log.add(1)))
    assert heard == []


def test_a_round_waits_for_a_write_that_is_under_way(bus: Bus, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "publish", lambda: None)
    order: list[str] = []
    publisher = gevent.spawn(bus._publish)
    monkeypatch.setattr(db, "writing", 1)

    def wait() -> None:
        bus.settle(30)
        order.append("round")

    waiting = gevent.spawn(wait)
    gevent.sleep(0.01)
    order.append("written")
    db.writing = 0
    bus._written()
    waiting.join(5)
    publisher.kill()
    assert order == ["written", "round"]
    bus.settle(30)  # nothing is on its way: it does not wait
