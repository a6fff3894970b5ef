from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import conversations as schemas
from app.schemas import threads
from app.schemas.fields import PageQuery, page_of
from app.services import conversations

blueprint = Blueprint("conversations", __name__, description="Rooms where people and assistants talk.")


@blueprint.get("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(schemas.Conversation))
def page(query: dict[str, Any]) -> Any:
    """Your conversations, last active first."""
    return conversations.page(actor(), **query)


@blueprint.post("")
@blueprint.arguments(schemas.NewConversation)
@blueprint.response(201, schemas.Conversation)
def create(new: dict[str, Any]) -> Any:
    """Begin a conversation: with the assistant, with a group, or directly with one person."""
    members = [str(m) for m in new["member_ids"]]
    client_id = new["client_id"] and str(new["client_id"])
    return conversations.create(actor(), new["kind"], new["title"], members, client_id)


@blueprint.get("/<uuid:conversation_id>")
@blueprint.response(200, schemas.Conversation)
def get(conversation_id: UUID) -> Any:
    """One conversation with its participants."""
    return conversations.get(actor(), str(conversation_id))


@blueprint.get("/<uuid:conversation_id>/threads")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(threads.Thread))
def threads_of(query: dict[str, Any], conversation_id: UUID) -> Any:
    """The threads of a conversation, last active first."""
    return conversations.threads_of(actor(), str(conversation_id), **query)
