from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.blueprints.parsing import text_of
from app.blueprints.ready import ready
from app.schemas import conversations as schemas
from app.schemas.fields import PageQuery, page_of
from app.schemas.unread import ListedThread
from app.services import conversations

blueprint = Blueprint("conversations", __name__, description="Rooms where people and assistants talk.")


@blueprint.get("")
@blueprint.arguments(schemas.ConversationQuery, location="query")
@blueprint.response(200, page_of(schemas.Conversation))
@ready
def page(query: dict[str, Any]) -> Any:
    """Your conversations, or those of them in the archive, last active first."""
    return conversations.page(actor(), **query)


@blueprint.post("")
@blueprint.arguments(schemas.NewConversation)
@blueprint.response(201, schemas.Conversation)
def create(new: dict[str, Any]) -> Any:
    """Begin a conversation: with the assistant, with a group, or directly with one person."""
    members = [str(m) for m in new["member_ids"]]
    client_id, assistant = text_of(new["client_id"]), text_of(new["assistant_id"])
    return conversations.create(actor(), new["kind"], new["title"], members, client_id, assistant)


@blueprint.get("/<uuid:conversation_id>")
@blueprint.response(200, schemas.Conversation)
def get(conversation_id: UUID) -> Any:
    """One conversation with its participants."""
    return conversations.get(actor(), str(conversation_id))


@blueprint.patch("/<uuid:conversation_id>")
@blueprint.arguments(schemas.ConversationChange)
@blueprint.response(200, schemas.Conversation)
@blueprint.alt_response(409, description="A direct conversation has neither a name, an assistant nor an archive.")
def change(given: dict[str, Any], conversation_id: UUID) -> Any:
    """Rename a conversation, choose its assistant, instruct it (owners and admins); use its archive (owners)."""
    if "assistant_id" in given:
        given["assistant_id"] = text_of(given["assistant_id"])
    return conversations.update(actor(), str(conversation_id), **given)


@blueprint.delete("/<uuid:conversation_id>")
@blueprint.response(200, schemas.Conversation)
@blueprint.alt_response(409, description="A direct conversation has no archive.")
def archive(conversation_id: UUID) -> Any:
    """Put a conversation into the archive: its members can still read it, and nobody writes."""
    return conversations.update(actor(), str(conversation_id), archived=True)


@blueprint.get("/<uuid:conversation_id>/threads")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ListedThread))
@ready
def threads_of(query: dict[str, Any], conversation_id: UUID) -> Any:
    """The threads of a conversation, last active first."""
    return conversations.threads_of(actor(), str(conversation_id), **query)
