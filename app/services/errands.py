"""Short requests to a model that are no answers: a title for a thread, a summary for one reader. They wait behind answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent

from app.adapters.llm import ChatModel, ModelError, Piece, Turn
from app.core.settings import Llm
from app.services import budgets, chat_models

# Of a model's thoughts nothing is a title or a summary.
THOUGHTS_END = "</think>"
# Small models wander: a title is said straight, a summary in words of their own.
CALM = {"title": 0.2, "summary": 0.5}
# A server that does not keep to the tokens it was given: as much as a summary can be, and its thoughts.
MOST_CHARACTERS = 32_768


@dataclass
class Errand:
    """A job of another kind than `answer`, while it is leased.

    Attributes:
        asked: `{assistant, model}`, see `internal.asked_json`.
    """

    kind: str
    lease: str
    asked: dict[str, Any]
    stop_reason: str | None = None
    runner: gevent.Greenlet | None = field(default=None, repr=False)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Errand:
        """From what `answers.claim` answers."""
        return cls(row["kind"], row["lease"], row["asked"])

    def has_grown(self) -> bool:
        """Nothing of it is seen before its end: it can always begin anew."""
        return False

    def stop(self, reason: str) -> None:
        """End it now: the connection to the model closes."""
        self.stop_reason = self.stop_reason or reason
        if self.runner is not None:
            self.runner.kill(block=False)


@dataclass(frozen=True)
class Asker:
    """Asks the model of an errand, and has it counted as usage of who asked for it."""

    errand: Errand
    model: ChatModel
    config: Llm
    user_id: str
    job_id: str
    max_tokens: int

    def budget(self) -> int:
        """How many tokens a prompt may have."""
        window = self.errand.asked["model"]["context_tokens"] or self.model.context_tokens()
        most = self.config.max_prompt_tokens
        return min(most, max(256, window - self.max_tokens)) if window else most

    @property
    def is_guarded(self) -> bool:
        """Does its server take words of messages for marks of the chat template?"""
        return bool(self.errand.asked["model"]["provider"]["kind"] != "openai")

    def ask(self, turns: list[Turn], grew: Callable[[str], None] = lambda text: None) -> str:
        """The whole text.

        Args:
            grew: told the text so far, whenever there is more.

        Raises:
            ModelError: the model did not answer, or not in time.
            RateLimited: a budget has not enough left.
        """
        counted = self.model.count_tokens(turns)
        kind = "title" if self.errand.kind == "title" else "summary"
        model_id = self.errand.asked["model"]["id"]
        held = budgets.reserve(self.user_id, model_id, counted, self.max_tokens, kind, job_id=self.job_id)  # type: ignore[arg-type]
        began, pieces, length, last, ended = time.monotonic(), [], 0, Piece(), "interrupted"
        try:
            with gevent.Timeout(self._seconds(), ModelError("The model took too long.", "PV.MODEL.TIMEOUT")):
                for piece in self.model.stream(turns, self._parameters()):
                    last = Piece("", piece.finish_reason or last.finish_reason, piece.usage or last.usage)
                    if piece.text:
                        pieces.append(piece.text.replace("\x00", ""))
                        length += len(piece.text)
                        grew(_spoken("".join(pieces)))
                    if length > MOST_CHARACTERS:
                        last = Piece("", "length", last.usage)
                        break
            ended = "length" if last.finish_reason == "length" else "stop"
            return _spoken("".join(pieces))
        except ModelError as error:
            ended = "timeout" if error.code == "PV.MODEL.TIMEOUT" else "error"
            raise
        finally:
            usage = last.usage or {}
            written = self.model.count_tokens([{"role": "assistant", "content": "".join(pieces)}]) if pieces else 0
            budgets.settle(held, usage.get("prompt_tokens", counted), usage.get("completion_tokens", written),
                           time.monotonic() - began, ended)  # fmt: skip

    def _parameters(self) -> dict[str, Any]:
        # Of the models of a provider some take no temperature.
        calm = {"temperature": CALM[self.errand.kind]} if self.is_guarded else {}
        return calm | chat_models.parameters(self.errand.asked, self.config) | {"max_tokens": self.max_tokens}

    def _seconds(self) -> float:
        provider = self.errand.asked["model"]["provider"]
        return float(provider["answer_seconds"] or self.config.answer_timeout_seconds)


def _spoken(text: str) -> str:
    """What comes after a model's thoughts; nothing while it thinks."""
    if text.lstrip().startswith("<think>"):
        return text.partition(THOUGHTS_END)[2].lstrip()
    return text
