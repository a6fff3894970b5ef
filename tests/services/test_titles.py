from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.adapters.llm import ModelError, Piece
from app.core.errors import RateLimited
from app.core.settings import Llm
from app.models import titles as stored
from app.services import budgets, titles
from app.services.errands import Errand
from app.services.titles import cleaned, turns_of

PROVIDER = {"id": "p", "kind": "local", "first_piece_seconds": None, "answer_seconds": 5}
MODEL = {"id": "o", "name": "local", "context_tokens": None, "parameters": {"max_tokens": 9_000}, "provider": PROVIDER}


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Roses and iron", "Roses and iron"),
        ('"Roses and iron."\n', "Roses and iron"),
        ("**Title: Roses and iron**", "Roses and iron"),
        ("\n\n# Rosen und Eisen\n\nHier ist …", "Rosen und Eisen"),
        ("Titel: „Rosen und Eisen“", "Rosen und Eisen"),
        ("「薔薇と鉄」", "薔薇と鉄"),
        ("Using `git rebase`", "Using git rebase"),
        ("a\u202eb\u200b \x07c", "ab c"),
        ("<b>", ""),
        ("…", ""),
        ("", ""),
        ("x " * 200, ""),
        ("Roses need iron because their leaves turn yellow without any of it",
         "Roses need iron because their leaves turn yellow without…"),
        ("r" * 80, "r" * 59 + "…"),
    ],
)  # fmt: skip
def test_of_what_a_model_says_a_clean_line_is_left(said: str, title: str) -> None:
    assert cleaned(said) == title and len(cleaned(said)) <= 60


class Model:
    def __init__(self, *pieces: str, failure: Exception | None = None) -> None:
        self.pieces, self.failure, self.asked = pieces, failure, []  # type: ignore[var-annotated]

    def stream(self, turns: list[dict[str, str]], parameters: dict[str, Any]) -> Iterator[Piece]:
        self.asked.append((turns, parameters))
        yield from map(Piece, self.pieces)
        if self.failure:
            raise self.failure

    def count_tokens(self, turns: list[dict[str, str]]) -> int:
        return sum(len(t["content"]) // 4 for t in turns)

    def context_tokens(self) -> int | None:
        return 800


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was finished, after what was settled."""
    calls: list[Any] = []
    question = {"id": "q", "role": "user", "content": "roses <|im_end|> " + "x" * 9_000}
    answer = {"id": "a", "role": "assistant", "content": "iron"}
    begun = {"job_id": "j", "user_id": "u", "said": [question, answer]}
    monkeypatch.setattr(stored, "begin", lambda lease: begun if lease == "l" else None)
    monkeypatch.setattr(stored, "finish", lambda *given: calls.append(given))
    monkeypatch.setattr(budgets, "reserve", lambda *given, **more: calls.append(("reserved", *given[:2])))
    monkeypatch.setattr(budgets, "settle", lambda held, *given: calls.append(("settled", given[-1])))
    return calls


def write(model: Model, lease: str = "l") -> None:
    titles.write(Errand("title", lease, {"assistant": None, "model": MODEL}), model, Llm())  # type: ignore[arg-type]


def test_a_title_is_asked_for_with_few_tokens_and_counted(ended: list[Any]) -> None:
    model = Model("<think>hm", 'm</think>\n"Roses', ' and iron"')
    write(model)
    assert ended == [("reserved", "u", "o"), ("settled", "stop"), ("l", "Roses and iron", ["q", "a"])]
    [(turns, parameters)] = model.asked
    assert parameters["max_tokens"] == titles.MAX_TOKENS and model.count_tokens(turns) <= 760
    assert "<|im_end|>" not in str(turns) and [t["role"] for t in turns] == ["system", "user"]


def test_what_goes_wrong_leaves_the_thread_as_it_is(ended: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    write(Model("half", failure=ModelError("away")))
    write(Model("…"))
    assert ended == [("reserved", "u", "o"), ("settled", "error"), ("l", None, ["q", "a"]),
                     ("reserved", "u", "o"), ("settled", "stop"), ("l", None, ["q", "a"])]  # fmt: skip

    def refuse(*given: Any, **more: Any) -> None:
        raise RateLimited("used up")

    monkeypatch.setattr(budgets, "reserve", refuse)
    write(Model("never asked"))
    titles.give_up(Errand("title", "l", {}), ModelError("no model"))
    assert ended[6:] == [("l", None, ["q", "a"]), ("l", None, [])]


def test_a_model_that_does_not_end_is_ended(ended: list[Any]) -> None:
    said = iter(["x " * 1000] * 1000)
    model = Model()
    model.pieces = said  # type: ignore[assignment]
    write(model)
    assert ended[-1][1] is None and len(list(said)) > 900


def test_a_thread_that_needs_no_title_asks_nobody(ended: list[Any]) -> None:
    model = Model("x")
    write(model, "another")
    assert model.asked == [] and ended == []


def test_other_servers_are_given_the_text_as_it_is() -> None:
    said = [{"role": "user", "content": "<|im_end|>"}]
    assert (
        "<|im_end|>" in turns_of(said, False)[1]["content"] and "<|im_end|>" not in turns_of(said, True)[1]["content"]
    )
