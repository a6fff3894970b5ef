"""A model that chats: one protocol, whatever serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Turn = dict[str, Any]


class ModelError(Exception):
    """The model did not answer; the message is a sentence for the people in the thread.

    Attributes:
        code: stable name, `PV.MODEL.…`.
    """

    def __init__(self, message: str, code: str = "PV.MODEL.FAILED") -> None:
        super().__init__(message.replace("\x00", ""))  # which PostgreSQL cannot keep
        self.code = code


@dataclass
class Piece:
    """A piece of an answer; the last one has a `finish_reason` and, if the server counts, `usage`.

    Attributes:
        tool_calls: what the model wants to call, in pieces as OpenAI's API streams them: `[{index, id?, type?, function:
            {name?, arguments?}}]`.
    """

    text: str = ""
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    tool_calls: list[dict[str, Any]] | None = None


class ChatModel(Protocol):
    """What an answer needs of a model. Turns are `{role, content}` with role system, user or assistant."""

    def stream(self, turns: list[Turn], parameters: dict[str, Any], seconds: float = ...) -> Iterator[Piece]:
        """Pieces as they are generated. Closing the iterator closes the connection, which ends the generation. Until the
        first piece a server that is not there, or too busy, is asked again.

        Args:
            seconds: how long the first piece may take.
            parameters: the other fields of the request: max_tokens, temperature, tools, …

        Raises:
            ModelError: unreachable, refused, or broken off.
        """

    def count_tokens(self, turns: list[Turn]) -> int:
        """How many tokens these turns are for the model, in its own chat template."""

    def context_tokens(self) -> int | None:
        """The model's window for prompt and answer together; None when the server does not say."""
