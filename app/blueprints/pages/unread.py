"""Marking as read without scripts, and where on a page the unread begins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import uuid_of
from app.services import unread


@blueprint.post("/c/<uuid:conversation_id>/read")
def read_conversation(conversation_id: UUID) -> Any:
    """Everything in a conversation is read."""
    unread.read_conversation(actor(), str(conversation_id))
    return redirect(f"/c/{conversation_id}", 303)


@blueprint.post("/c/<uuid:conversation_id>/t/<uuid:root_id>/read")
def read_thread(conversation_id: UUID, root_id: UUID) -> Any:
    """A thread is read, up to the message that the form names."""
    unread.read_thread(actor(), str(root_id), uuid_of(request.form.get("message_id")))
    return redirect(f"/c/{conversation_id}/t/{root_id}", 303)
