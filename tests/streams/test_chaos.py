"""A short run of `python -m bench.chaos`, and whether its judge would see what is wrong."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from bench.chaos import verdict
from bench.chaos.__main__ import chaos
from bench.chaos.listening import Listener, View
from bench.chaos.people import Person, Written
from bench.readers import Frame

TALK, ANNA = "c1", "u1"
MESSAGE = {
    "id": "m1",
    "conversation_id": TALK,
    "content": "hello",
    "status": "complete",
    "deleted_at": None,
    "edited_at": None,
}


def test_everything_fails_for_a_while_and_nothing_is_lost_or_doubled() -> None:
    seed = random.SystemRandom().randrange(1 << 31)
    print("seed", seed)
    outcome = chaos(8, seed, people=12, workers=2, pause=0.4)
    assert outcome.violations == [], "\n".join(
        [f"seed {seed}", str(outcome.row), *outcome.violations[:20], outcome.log]
    )
    assert outcome.row["acknowledged"] and outcome.row["heard"] and outcome.row["reconnects"], outcome.row


@pytest.fixture
def truth() -> verdict.Truth:
    """Two events of a conversation in which anna is, and one that she cannot hear."""
    made = verdict.Truth.__new__(verdict.Truth)
    made.events = [(1, TALK, 1, "message.new"), (2, "c2", 1, "message.new"), (3, TALK, 2, "message.updated")]
    made.members = {ANNA: {TALK}}
    made.messages = {"m1": MESSAGE}
    made.sent = [(ANNA, "k1", 1)]
    return made


def anna() -> Person:
    made = Person("anna", ANNA, "token", "http://127.0.0.1:1", [TALK], [Written("k1", "m1", "m1", TALK, "hello")])
    made.view.loaded([MESSAGE])
    return made


def listening(*places: int, since: int = 0) -> Listener:
    """A stream that heard the events at these places."""
    made = Listener(anna(), None, View())
    made.reader.last_id = f"e.{since}"
    made.placed()
    if not made.spans:
        made.spans.append(verdict.Span(since))
    for pos in places:
        made.reader.last_id = f"e.{pos}"
        made.heard(Frame(f"e.{pos}", "thread.activity", b"{}", 0.0))
    return made


def test_the_judge_sees_what_a_stream_missed_doubled_or_mixed_up(truth: verdict.Truth) -> None:
    assert list(verdict.of_a_stream(truth, listening(1, 3))) == []
    assert list(verdict.of_a_stream(truth, listening(3, since=1))) == []
    for places in ((1,), (3,), (1, 3, 3), (3, 1), (1, 2, 3)):
        assert list(verdict.of_a_stream(truth, listening(*places))), places


def test_a_resync_gives_up_a_stretch_and_no_more(truth: verdict.Truth) -> None:
    def resynced(until: int) -> Listener:
        made = listening(1)
        made.opens()
        made.reader.last_id = f"e.{until}"
        made.placed()
        made.heard(Frame("", "resync", b"{}", 0.0))
        return made

    assert list(verdict.of_a_stream(truth, resynced(3))) == []
    assert list(verdict.of_a_stream(truth, resynced(2)))


@pytest.mark.parametrize("wrong", [{"content": "other"}, {"status": "streaming"}, {"deleted_at": "now"}, {"id": "m2"}])
def test_the_judge_sees_a_screen_that_shows_something_else(truth: verdict.Truth, wrong: dict[str, Any]) -> None:
    person = anna()
    assert list(verdict.of_a_view(truth, person)) == []
    person.view.loaded([MESSAGE | wrong])
    assert list(verdict.of_a_view(truth, person))


def test_the_judge_sees_lost_and_doubled_writes_and_holes_in_the_log(truth: verdict.Truth) -> None:
    assert [*verdict.of_the_writes(truth, [anna()]), *verdict.of_the_log(truth)] == []
    person = anna()
    for change in (
        {"message_id": "m9"}, {"client_id": "k9"}, {"content": "other"}, {"is_deleted": True},
    ):  # fmt: skip
        person.written = [Written(**(vars(anna().written[0]) | change))]
        assert list(verdict.of_the_writes(truth, [person])), change
    truth.sent = [(ANNA, "k1", 2)]
    assert list(verdict.of_the_writes(truth, [anna()]))
    truth.events = truth.events[:1] + truth.events[2:]
    assert list(verdict.of_the_log(truth))


def test_pieces_that_are_not_the_text_are_seen() -> None:
    def grown(*pieces: tuple[int, str]) -> list[str]:
        listener = listening()
        for idx, text in pieces:
            listener._piece(
                SimpleNamespace(type="message.delta", payload={"message_id": "m1", "idx": idx, "content": text})
            )
        listener._compare(MESSAGE)
        return listener.violations

    assert grown((0, "hel"), (1, "lo")) == [] == grown((0, "hel"), (2, "?"))
    assert grown((0, "hel"), (1, "p"))
