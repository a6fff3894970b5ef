"""An answer ends with a word that the database takes, whatever the model server said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.adapters.llm import ModelError, Piece
from app.core.settings import Llm
from app.models import answers as stored
from app.services import answers
from app.services.answers import Growing


class Model:
    """Says the pieces, then fails if told to."""

    def __init__(self, *pieces: Piece, failure: Exception | None = None) -> None:
        self.pieces, self.failure = pieces, failure

    def stream(self, turns: list[dict[str, str]], max_tokens: int) -> Iterator[Piece]:
        yield from self.pieces
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
    monkeypatch.setattr(stored, "finish", lambda *given: calls.append(given))
    return calls


def write(model: Model) -> None:
    answers.write(Growing("l", "m", "c", "r"), model, Llm(), lambda answer: None, lambda answer: None)


def test_an_ordinary_answer(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a\x00"), Piece("b", "stop", {"total_tokens": 2}, "big")))
    assert ended == [("l", "ab", "stop", "big", {"total_tokens": 2}, None)]


def test_usage_that_is_no_object_is_left_out(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a", "stop", [1])))  # type: ignore[arg-type]
    assert ended == [("l", "a", "stop", None, None, None)]


def test_an_error_is_said_without_nul(ended: list[tuple[Any, ...]]) -> None:
    write(Model(Piece("a"), failure=ModelError("no\x00 room")))
    assert ended == [("l", "a", "error", None, None, {"code": "PV.MODEL.FAILED", "message": "no room"})]
