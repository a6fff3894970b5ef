"""Whom a question goes to, without scripts: again, to another model, in other words, to several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.home import thread_path
from app.blueprints.pages.shell import client_id, model_ids, page, uuid_of
from app.blueprints.pages.words import prepare
from app.core.errors import PalaverError
from app.services import conversations, messages


@blueprint.get("/messages/<uuid:message_id>/again")
def choose_again(message_id: UUID) -> Any:
    """A form: which assistant, which model."""
    return _form("again", message_id)


@blueprint.post("/messages/<uuid:message_id>/regenerate")
def regenerate(message_id: UUID) -> Any:
    """Ask for another answer to the same question."""
    assistant = uuid_of(request.form.get("assistant_id"))
    return _do("again", message_id, lambda: messages.regenerate(actor(), str(message_id), _model(), assistant))


@blueprint.post("/messages/<uuid:message_id>/continue")
def go_on(message_id: UUID) -> Any:
    """Let an answer that was cut short go on."""
    return _do("again", message_id, lambda: messages.go_on(actor(), str(message_id), _model()))


@blueprint.get("/messages/<uuid:message_id>/branch")
def choose_words(message_id: UUID) -> Any:
    """A field with the text of a question, to ask it again in other words."""
    return _form("edit", message_id, asks=True)


@blueprint.post("/messages/<uuid:message_id>/branch")
def branch(message_id: UUID) -> Any:
    """Ask a question again in other words, beside it."""
    content = request.form.get("content", "")
    asked = lambda: messages.branch(actor(), str(message_id), content, client_id(), _model())  # noqa: E731
    return _do("edit", message_id, asked, asks=True)


@blueprint.get("/messages/<uuid:message_id>/compare")
def choose_models(message_id: UUID) -> Any:
    """A form: which models answer side by side."""
    return _form("compare", message_id)


@blueprint.post("/messages/<uuid:message_id>/compare")
def compare(message_id: UUID) -> Any:
    """Put a question to several models."""
    return _do(
        "compare", message_id, lambda: messages.compare(actor(), str(message_id), model_ids())["items"][0], chosen=True
    )


@blueprint.post("/messages/<uuid:message_id>/keep")
def keep(message_id: UUID) -> Any:
    """Go on with one of the answers that are compared."""
    return _back(messages.keep(actor(), str(message_id)))


def _do(form: str, message_id: UUID, act: Callable[[], dict[str, Any]], **given: Any) -> Any:
    """Do it and go where it is to be seen; what was chosen or typed in a form is shown again when it is refused."""
    try:
        return _back(act())
    except PalaverError as error:
        if error.status not in (409, 422) or not (given or "chosen" in request.form):
            raise
        return _form(form, message_id, error, **given), error.status


def _form(name: str, message_id: UUID, error: PalaverError | None = None, **given: Any) -> str:
    found = messages.get(actor(), str(message_id))
    prepare(found)
    conversation = conversations.get(actor(), found["conversation_id"])
    choices = conversations.choices(actor(), found["conversation_id"])
    return page(
        f"messages/{name}.html", conversation, message=found, root_id=found["root_id"], choices=choices, error=error,
        **given,
    )  # fmt: skip


def _model() -> str | None:
    return uuid_of(request.form.get("model_id"))


def _back(found: dict[str, Any]) -> Any:
    return redirect(f"{thread_path(found)}#m-{found['id']}", 303)
