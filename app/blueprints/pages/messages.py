"""What is done to one message: finding it, stopping it, asking again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.home import thread_path
from app.services import messages


@blueprint.get("/messages/<uuid:message_id>")
def message(message_id: UUID) -> Any:
    """The place in its thread where a message stands."""
    found = messages.get(actor(), str(message_id))
    return redirect(f"{thread_path(found)}?after={found['seq'] - 1}#m-{found['id']}", 303)


@blueprint.post("/messages/<uuid:message_id>/cancel")
def cancel(message_id: UUID) -> Any:
    """Stop an answer."""
    return _back(messages.cancel(actor(), str(message_id)))


@blueprint.post("/messages/<uuid:message_id>/regenerate")
def regenerate(message_id: UUID) -> Any:
    """Ask for another answer to the same question."""
    return _back(messages.regenerate(actor(), str(message_id)))


def _back(found: dict[str, Any]) -> Any:
    return redirect(f"{thread_path(found)}#m-{found['id']}", 303)
