"""The messages of a request to /v1, read strictly: text that is not a number, and a list that has no text, are refused with
the place where they stand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from marshmallow import ValidationError, fields

ROLES = ("system", "developer", "user", "assistant", "tool")
MOST_TURNS, MOST_PARTS = 2048, 256
# What of a turn is passed on, by role; whatever else it has is not.
KEPT = {
    "system": ("content", "name"), "developer": ("content", "name"), "user": ("content", "name"),
    "assistant": ("content", "name", "tool_calls", "refusal"), "tool": ("content", "tool_call_id"),
}  # fmt: skip


class Whole(fields.Integer):
    """A whole number, and neither its text nor a truth."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if type(value) is not int:
            raise ValidationError("This takes a whole number.")
        return value


class Number(fields.Float):
    """A number, and not its text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if type(value) not in (int, float):
            raise ValidationError("This takes a number.")
        return value


class Flag(fields.Boolean):
    """True or false, and no word for it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if type(value) is not bool:
            raise ValidationError("This takes true or false.")
        return value


class Stop(fields.List):
    """One text, or up to four."""

    def __init__(self, **more: Any) -> None:
        super().__init__(fields.String(), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or len(texts) > 4 or not all(isinstance(t, str) and t for t in texts):
            raise ValidationError("This takes a text, or a list of one to four texts.")
        return texts or None


class Place(fields.Dict):
    """`{conversation_id, parent_message_id}`; OpenAI's own clients want every value of `metadata` to be a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, str):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                raise ValidationError("This takes an object, or the JSON text of one.") from None
        if not isinstance(value, dict):
            raise ValidationError("This takes an object, or the JSON text of one.")
        found = {name: _id(value.get(name)) for name in ("conversation_id", "parent_message_id", "client_id")}
        if not found["conversation_id"] and not found["parent_message_id"]:
            raise ValidationError("conversation_id or parent_message_id is missing.")
        return found


class Turns(fields.List):
    """Checked by hand: a hundred turns are read in a tenth of a millisecond."""

    def __init__(self, **more: Any) -> None:
        super().__init__(fields.Dict(), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_TURNS:
            raise ValidationError(f"This takes a list of 1 to {MOST_TURNS:,} messages.")
        turns = []
        for number, turn in enumerate(value):
            try:
                turns.append(_turn(turn))
            except _Wrong as wrong:
                raise ValidationError({number: wrong.said()}) from None
        return turns


class _Wrong(Exception):
    def __init__(self, name: str, sentence: str) -> None:
        self.name, self.sentence = name, sentence

    def said(self) -> Any:
        return {self.name: [self.sentence]} if self.name else [self.sentence]


def _turn(turn: Any) -> dict[str, Any]:
    if not isinstance(turn, dict):
        raise _Wrong("", "A message is an object.")
    role = turn.get("role")
    if role not in ROLES:
        raise _Wrong("role", f"This takes one of {', '.join(ROLES)}.")
    kept = {"role": role} | {name: turn[name] for name in KEPT[role] if turn.get(name) is not None}
    if calls := kept.get("tool_calls"):
        _check_calls(calls)
    if "content" in kept:
        _check_content(kept["content"], role)
    elif not calls and role != "assistant":
        raise _Wrong("content", "This is missing.")
    elif role == "assistant":
        kept["content"] = None  # some servers insist on the field
    for name in ("name", "tool_call_id", "refusal"):
        if name in kept and not isinstance(kept[name], str):
            raise _Wrong(name, "This takes a text.")
    if role == "tool" and "tool_call_id" not in kept:
        raise _Wrong("tool_call_id", "This is missing.")
    return kept


def _check_content(content: Any, role: str) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not 1 <= len(content) <= MOST_PARTS:
        raise _Wrong("content", f"This takes a text, or a list of 1 to {MOST_PARTS} parts.")
    for number, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            continue
        if kind == "refusal" and role == "assistant" and isinstance(part.get("refusal"), str):
            continue
        if kind == "image_url" and role == "user" and _is_image(part.get("image_url")):
            continue
        raise _Wrong(f"content[{number}]", "This takes a part of the type text, or of a user image_url.")


def _is_image(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("url"), str) and bool(value["url"])


def _check_calls(calls: Any) -> None:
    if not isinstance(calls, list) or len(calls) > 128:
        raise _Wrong("tool_calls", "This takes a list of at most 128 calls.")
    for number, call in enumerate(calls):
        function = call.get("function") if isinstance(call, dict) else None
        texts = (call.get("id"), function.get("name"), function.get("arguments")) if isinstance(function, dict) else ()
        if not texts or not all(isinstance(text, str) for text in texts):
            raise _Wrong(
                f"tool_calls[{number}]", "A call is {id, type, function: {name, arguments}}, all of them texts."
            )


def _id(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise ValidationError("An id in it is not one.") from None


def has_images(turns: list[dict[str, Any]]) -> int | None:
    """The number of the first message with an image in it."""
    for number, turn in enumerate(turns):
        content = turn.get("content")
        if isinstance(content, list) and any(part["type"] == "image_url" for part in content):
            return number
    return None


def text_of(content: Any) -> str:
    """The text of a message, whose parts are lines of their own."""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if part["type"] == "text")
    return content or ""
