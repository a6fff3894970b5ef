"""An answer ends with a word that the database takes, whatever the model server said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from app.adapters.llm import ModelError, Piece
from app.core.errors import Unavailable
from app.core.settings import Llm
from app.jobs.pieces import PieceWriter
from app.models import answers as stored
from app.services import answers, patience
from app.services.answers import Growing

PROVIDER = {"id": "p", "kind": "local", "first_piece_seconds": None, "answer_seconds": None}
MODEL = {"id": "o", "name": "local", "context_tokens": None, "parameters": {}, "provider": PROVIDER}
ASKED = {"assistant": {"id": "a", "system_prompt": "", "temperature": None}, "model": MODEL}


class Model:
    """Says the pieces, then hangs or fails if told to."""

    def __init__(self, *pieces: Piece, failure: Exception | None = None, hangs: float = 0) -> None:
        self.pieces, self.failure, self.hangs = pieces, failure, hangs

    def stream(self, turns: list[dict[str, str]], parameters: dict[str, Any], seconds: float = 0) -> Iterator[Piece]:
        yield from self.pieces
        gevent.sleep(self.hangs)
        if self.failure:
            raise self.failure

    def count_tokens(self, turns: list[dict[str, str]]) -> int:
        return 1

    def context_tokens(self) -> int | None:
        return None


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What `finish` was called with."""
    calls: list[tuple[Any, ...]] = []
    author = {"id": "u", "display_name": "Anna"}
    context = {
        "kind": "assistant",
        "assistant": {"id": "m", "display_name": "Palaver"},
        "turns": [{"role": "user", "content": "hello", "author": author}],
    }
    monkeypatch.setattr(stored, "context", lambda lease, most: context)
    monkeypatch.setattr(stored, "finish", lambda *given: calls.append(given[:6]))  # what was counted has its own test
    return calls


def growing(so_far: str | None = None, **provider: Any) -> Growing:
    asked = ASKED | {"model": MODEL | {"provider": PROVIDER | provider}}
    row = {"lease": "l", "message_id": "m", "conversation_id": "c", "root_id": "r", "so_far": so_far, "asked": asked}
    return Growing.of(row)


def write(model: Model, so_far: str | None = None, **provider: Any) -> None:
    answers.write(growing(so_far, **provider), model, Llm(), lambda answer: None, lambda answer: None)


def test_an_ordinary_answer(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a\x00"), Piece("b", "stop", {"total_tokens": 2}, "big")))
    assert ended == [("l", "ab", "stop", "big", {"total_tokens": 2}, None)]


def test_what_it_took_is_counted_for_servers_that_do_not_say(
    ended: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[Any] = []
    monkeypatch.setattr(stored, "finish", lambda *given: counted.append(given[6]))
    write(Model(Piece("a"), Piece("b"), Piece("c", "stop")), so_far="x" * 100)
    write(Model(Piece("word " * 10, "length")))
    write(Model(failure=ModelError("no")))
    assert [(c["input_tokens"], c["output_tokens"]) for c in counted] == [(1, n) for n in (3, 12, 0)]
    assert [c["first_ms"] is None for c in counted] == [False, False, True]


def test_what_came_with_the_lease_is_not_read_again(
    ended: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = growing()
    answer.context = stored.context("l", 1)
    monkeypatch.setattr(stored, "context", lambda lease, most: pytest.fail("it is there already"))
    answers.write(answer, Model(Piece("a", "stop")), Llm(), lambda answer: None, lambda answer: None)
    assert ended[0][1:3] == ("a", "stop")


def test_usage_that_is_no_object_is_left_out(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a", "stop", [1])))  # type: ignore[arg-type]
    assert ended == [("l", "a", "stop", None, None, None)]


def test_an_error_is_said_without_nul(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a"), failure=ModelError("no\x00 room")))
    assert ended == [("l", "a", "error", None, None, {"code": "PV.MODEL.FAILED", "message": "no room"})]


def test_an_answer_that_goes_on_keeps_what_it_had(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("b", "stop")), "a")
    write(Model(Piece("", "stop")), "a")
    write(Model(failure=ModelError("away")), "a")
    assert [given[1:3] for given in ended] == [("ab", "stop"), ("a", "stop"), ("a", "error")]


def test_each_time_that_is_over_is_said(ended: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    write(Model(hangs=60), first_piece_seconds=0.05)
    stuck = Model(Piece("a"), hangs=60)
    write(stuck, answer_seconds=0.3)
    monkeypatch.setattr(answers, "SILENCE_SECONDS", 0.05)
    write(stuck)
    monkeypatch.undo()
    assert [(text, reason, error["code"]) for _, text, reason, _, _, error in ended] == [
        ("", "timeout", "PV.MODEL.TIMEOUT"), ("a", "timeout", "PV.MODEL.TIMEOUT"), ("a", "timeout", "PV.MODEL.TIMEOUT"),
    ]  # fmt: skip
    said = [error["message"] for *_, error in ended]
    assert ["begin" in said[0], "not done" in said[1], "nothing more" in said[2]] == [True] * 3


def test_an_answer_that_is_stopped_before_it_begins_ends_at_once(ended: list[tuple[Any, ...]]) -> None:
    answer = growing()
    answer.stop("cancelled")
    with gevent.Timeout(2):
        answers.write(answer, Model(Piece("a", "stop")), Llm(), lambda _: None, lambda _: None)
    assert ended == [("l", "", "cancelled", None, None, None)]


def test_only_what_is_new_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[tuple[int, str]]] = []

    def append(rows: list[dict[str, Any]]) -> list[str]:
        written.append([(row["idx"], row["content"]) for row in rows])
        if len(written) == 1:
            raise Unavailable("away")
        return []

    monkeypatch.setattr(stored, "append", append)
    row = {
        "lease": "l",
        "message_id": "m",
        "conversation_id": "c",
        "root_id": "r",
        "so_far": "a" * 9_000,
        "asked": ASKED,
    }
    answer, pieces = Growing.of(row), PieceWriter()
    assert not answer.has_grown() and answer.text() == "a" * 9_000
    answer.fresh.append("b")
    assert answer.has_grown()
    for _ in range(2):  # the first time the database is away
        pieces.grew(answer)
        pieces._flush(pieces._taken(is_due=True))
    assert written == [[(1, "b")], [(1, "b")]] and answer.flushed == 2


def test_a_database_that_is_away_for_a_moment_costs_no_answer(
    ended: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "DATABASE_PAUSE_SECONDS", 0.01)
    tries: list[str] = []

    def away(name: str, call: Any) -> Any:
        def called(*given: Any) -> Any:
            tries.append(name)
            if tries.count(name) < 3:
                raise Unavailable("away")
            return call(*given)

        return called

    for name in ("context", "finish"):
        monkeypatch.setattr(stored, name, away(name, getattr(stored, name)))
    write(Model(Piece("a", "stop")))
    answers.fail(growing(), ModelError("No model."))
    assert [given[1:3] for given in ended] == [("a", "stop"), ("", "error")] and tries.count("context") == 3
