from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import unread as schemas
from app.services import unread

blueprint = Blueprint("unread", __name__, description="What you have not read yet.")


@blueprint.get("/conversations/<uuid:conversation_id>/unread")
@blueprint.response(200, schemas.Unread)
def get(conversation_id: UUID) -> Any:
    """How much is unread in a conversation, and in which of its threads."""
    return unread.get(actor(), str(conversation_id))


@blueprint.post("/conversations/<uuid:conversation_id>/read")
@blueprint.response(200, schemas.ReadMark)
def read_conversation(conversation_id: UUID) -> Any:
    """You have read everything in a conversation."""
    return unread.read_conversation(actor(), str(conversation_id))


@blueprint.post("/threads/<uuid:root_id>/read")
@blueprint.arguments(schemas.ThreadRead)
@blueprint.response(200, schemas.ReadMark)
def read_thread(read: dict[str, Any], root_id: UUID) -> Any:
    """You have read a thread, up to a message or to its end. Marks never go back."""
    return unread.read_thread(actor(), str(root_id), read["message_id"] and str(read["message_id"]))
