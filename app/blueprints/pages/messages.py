"""What is done to one message, without scripts: finding it, editing, deleting, choosing among answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.home import thread_path
from app.blueprints.pages.shell import page
from app.blueprints.pages.words import prepare
from app.core import markdown
from app.core.errors import Invalid
from app.services import conversations, messages


@blueprint.get("/messages/<uuid:message_id>")
def message(message_id: UUID) -> Any:
    """The place in its thread where a message stands."""
    found = messages.get(actor(), str(message_id))
    return redirect(f"{thread_path(found)}?branch={found['id']}&after={found['seq'] - 1}#m-{found['id']}", 303)


@blueprint.post("/messages/<uuid:message_id>/cancel")
def cancel(message_id: UUID) -> Any:
    """Stop an answer."""
    return _back(messages.cancel(actor(), str(message_id)))


@blueprint.get("/messages/<uuid:message_id>/edit")
def edit_message(message_id: UUID) -> Any:
    """A field with the text of a message."""
    return _editor(messages.get(actor(), str(message_id)))


@blueprint.post("/messages/<uuid:message_id>/edit")
def save_message(message_id: UUID) -> Any:
    """Give a message another text."""
    try:
        return _back(messages.edit(actor(), str(message_id), request.form.get("content", "")))
    except Invalid as error:
        return _editor(messages.get(actor(), str(message_id)), error), error.status


@blueprint.get("/messages/<uuid:message_id>/history")
def history(message_id: UUID) -> Any:
    """The texts that a message had before."""
    found = messages.get(actor(), str(message_id))
    versions = messages.history(actor(), str(message_id))
    for version in (*versions, found):
        markdown.prepare(version["content"] or "")
    return page(
        "messages/history.html", _conversation(found), message=found, versions=versions, root_id=found["root_id"]
    )


@blueprint.get("/messages/<uuid:message_id>/delete")
def delete_question(message_id: UUID) -> Any:
    """Shall it be deleted?"""
    found = messages.get(actor(), str(message_id))
    prepare(found)
    return page("messages/delete.html", _conversation(found), message=found, root_id=found["root_id"])


@blueprint.post("/messages/<uuid:message_id>/delete")
def delete_message(message_id: UUID) -> Any:
    """Delete a message; in its place stands how to bring it back."""
    return _back(messages.delete(actor(), str(message_id)))


@blueprint.post("/messages/<uuid:message_id>/restore")
def restore_message(message_id: UUID) -> Any:
    """Bring a deleted message back."""
    return _back(messages.restore(actor(), str(message_id), current_app.config["PALAVER"].messages.restore_days))


@blueprint.post("/messages/<uuid:message_id>/select")
def select_message(message_id: UUID) -> Any:
    """Look at another branch of the thread."""
    chosen = messages.select(actor(), str(message_id), _step())
    return redirect(f"{thread_path(chosen)}#m-{chosen['message_id']}", 303)


def _step() -> int:
    return max(-1, min(request.args.get("step", 0, type=int), 1))


def _editor(found: dict[str, Any], error: Invalid | None = None) -> str:
    return page("messages/edit.html", _conversation(found), message=found, error=error, root_id=found["root_id"])


def _conversation(found: dict[str, Any]) -> dict[str, Any]:
    return conversations.get(actor(), found["conversation_id"])


def _back(found: dict[str, Any]) -> Any:
    return redirect(f"{thread_path(found)}#m-{found['id']}", 303)
