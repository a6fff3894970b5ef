"""OpenAI's chunks on their way through: what the server of the model calls itself becomes what the request called it."""

from __future__ import annotations

import time
import uuid
from typing import Any

import orjson

from app.adapters.llm import ModelError
from app.adapters.llm.body import broken_off

DONE = b"[DONE]"
END = b"data: [DONE]\n\n"


class Chunks:
    """One answer's chunks.

    Args:
        model: what the request called the model.
        warnings: told in the first chunk, or with the whole answer.
        has_usage: a last chunk tells the counts.

    Attributes:
        usage: what the server counted.
        pieces: how many chunks had a choice in them.
    """

    def __init__(self, model: str, warnings: list[str], has_usage: bool, more: dict[str, Any] | None = None) -> None:
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self._head = {"id": self.id, "created": int(time.time()), "model": model}
        self._extra = ({"warnings": warnings} if warnings else {}) | (more or {})
        self._has_usage = has_usage
        self.usage: dict[str, Any] | None = None
        self.finish_reason: str | None = None
        self.is_done = False
        self.pieces = 0

    def take(self, values: list[bytes]) -> bytes:
        """These as ours; empty when nothing of them concerns the client.

        Raises:
            ModelError: not what it should be, or the server says that it failed.
        """
        ours = []
        for value in values:
            if value == DONE:
                self.finish()
                break
            chunk = _object(value)
            usage = chunk.pop("usage", None)
            if isinstance(usage, dict):
                self.usage = usage
            choices = chunk.get("choices")
            if isinstance(choices, list) and choices and isinstance(choices[0], dict):
                ours.append(self._own(chunk, choices[0]))
        return b"".join(ours)

    def _own(self, chunk: dict[str, Any], choice: dict[str, Any]) -> bytes:
        self.pieces += 1
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        chunk["object"] = "chat.completion.chunk"
        chunk |= self._head
        if self._has_usage:
            chunk["usage"] = None
        if self.pieces == 1:
            chunk |= self._extra
            if isinstance(delta := choice.get("delta"), dict):
                delta.setdefault("role", "assistant")  # some servers leave it out, and some clients insist on it
        return b"data: %b\n\n" % dumped(chunk)

    def finish(self) -> None:
        """There is no more.

        Raises:
            ModelError: nothing has said that the answer ends here.
        """
        if self.finish_reason is None:
            raise broken_off()
        self.is_done = True

    def last(self) -> bytes:
        """After the last piece."""
        if not self._has_usage:
            return END
        chunk = self._head | {"object": "chat.completion.chunk", "choices": [], "usage": self.usage}
        return b"data: %b\n\n" % dumped(chunk) + END

    def delta(self, content: dict[str, Any], finish_reason: str | None = None) -> bytes:
        """A chunk of our own."""
        choice = {"index": 0, "delta": content, "logprobs": None, "finish_reason": finish_reason}
        return self._own({"choices": [choice]}, choice)

    def whole(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An answer that was not streamed, as ours.

        Raises:
            ModelError: it is none.
        """
        choices = answer.get("choices")
        if answer.get("error"):
            raise ModelError(_said(answer["error"]))
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise ModelError("The model server sent an answer without one.")
        self.finish_reason = choices[0].get("finish_reason") or "stop"
        self.usage = answer["usage"] if isinstance(answer.get("usage"), dict) else None
        return answer | self._head | {"object": "chat.completion"} | self._extra


def dumped(answer: dict[str, Any]) -> bytes:
    """Its JSON.

    Raises:
        ModelError: it could be read, but is nested too deeply to be written.
    """
    try:
        return orjson.dumps(answer)
    except TypeError as error:
        raise ModelError("The model server sent something that is nested too deeply.") from error


def _object(value: bytes) -> dict[str, Any]:
    try:
        chunk = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ModelError("The model server sent something that is not JSON.") from error
    if not isinstance(chunk, dict):
        raise ModelError("The model server sent something that is not an object.")
    if chunk.get("error"):
        raise ModelError(_said(chunk["error"]))
    return chunk


def _said(error: Any) -> str:
    text = error.get("message") if isinstance(error, dict) else error
    return "The model server failed: " + " ".join(str(text or "no reason given").split())[:300]
