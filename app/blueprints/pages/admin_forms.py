"""What the forms of administrators send, in the shapes that the doors of the API check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request
from marshmallow import Schema, ValidationError
from werkzeug.wrappers import Response

from app.core.errors import Invalid, PalaverError

# What people call the fields that a refusal names.
LABELS = {
    "base_url": "Address", "api_key": "Key", "max_concurrent": "Answers at once", "first_piece_seconds": "First piece",
    "answer_seconds": "Whole answer", "context_tokens": "Context", "input_price": "Price in", "output_price": "Price out",
    "remote_name": "Asked as", "username": "User name", "display_name": "Name", "system_prompt": "Prompt",
}  # fmt: skip


def typed(*names: str) -> dict[str, str]:
    """These fields of the form, as they were typed; those that it has not are left out."""
    return {name: request.form[name].strip() for name in names if name in request.form}


def numbers(*names: str) -> dict[str, float | None]:
    """These fields as numbers; an empty one is none.

    Raises:
        Invalid: one is no number.
    """
    return {name: _number(name, text.replace(",", ".")) for name, text in typed(*names).items()}


def checked(schema: type[Schema], given: dict[str, Any]) -> dict[str, Any]:
    """What the door would be sent, checked as there.

    Raises:
        Invalid: with one sentence a field.
    """
    try:
        return schema().load(given)  # type: ignore[no-any-return]
    except ValidationError as error:
        wrong = {name: _sentences(found) for name, found in error.normalized_messages().items()}
        told = " ".join(f"{label(name)}: {' '.join(found)}" for name, found in wrong.items())
        raise Invalid(told, errors=wrong) from None


def label(name: str) -> str:
    """What people call a field."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def after(act: Callable[[], Any], page: str, show: Callable[[PalaverError], str]) -> str | tuple[str, int] | Response:
    """Do it and go back to the page; what is refused is said there."""
    try:
        act()
    except PalaverError as error:
        return show(error), error.status
    return redirect(page, 303)


def _sentences(found: Any) -> list[str]:
    """marshmallow nests what is wrong inside of a list by place."""
    if isinstance(found, dict):
        return [sentence for part in found.values() for sentence in _sentences(part)]
    return [str(sentence) for sentence in found]


def _number(name: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
        whole = int(value)
    except (ValueError, OverflowError):
        raise Invalid(f"{label(name)} is a number.", errors={name: ["This is not a number."]}) from None
    return whole if whole == value else value
