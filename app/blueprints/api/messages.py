from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import messages as schemas
from app.services import messages

blueprint = Blueprint("messages", __name__, description="What was said.")


@blueprint.get("/<uuid:message_id>")
@blueprint.response(200, schemas.Message)
def get(message_id: UUID) -> Any:
    """One message."""
    return messages.get(actor(), str(message_id))


@blueprint.post("/<uuid:message_id>/reply")
@blueprint.arguments(schemas.NewMessage)
@blueprint.response(201, schemas.Posted)
def reply(new: dict[str, Any], message_id: UUID) -> Any:
    """Answer a message. Assistants that the answer addresses begin to write."""
    return messages.reply(actor(), str(message_id), new["content"], new["client_id"] and str(new["client_id"]))


@blueprint.get("/<uuid:message_id>/chunks")
@blueprint.arguments(schemas.ChunkQuery, location="query")
@blueprint.response(200, schemas.ChunkList)
def chunks(query: dict[str, Any], message_id: UUID) -> Any:
    """The pieces of an answer from a number on; once they are pruned the whole text is piece 0."""
    return {"items": messages.chunks(actor(), str(message_id), query["from_"], query["limit"])}


@blueprint.post("/<uuid:message_id>/cancel")
@blueprint.response(200, schemas.Message)
def cancel(message_id: UUID) -> Any:
    """Stop an answer; the text so far stays."""
    return messages.cancel(actor(), str(message_id))


@blueprint.post("/<uuid:message_id>/regenerate")
@blueprint.response(201, schemas.Message)
def regenerate(message_id: UUID) -> Any:
    """Ask again: a new answer beside the old one."""
    return messages.regenerate(actor(), str(message_id))
