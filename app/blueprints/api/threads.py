from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.blueprints.parsing import text_of
from app.blueprints.ready import ready
from app.schemas import messages as message_schemas
from app.schemas import threads as schemas
from app.services import messages, threads

blueprint = Blueprint("threads", __name__, description="A first message and everything said under it.")


@blueprint.post("/<uuid:conversation_id>/root")
@blueprint.arguments(message_schemas.NewMessage)
@blueprint.response(201, message_schemas.Posted)
def begin(new: dict[str, Any], conversation_id: UUID) -> Any:
    """Begin a thread. In a conversation with the assistant it begins to answer."""
    models = [str(model) for model in new["model_ids"]]
    return messages.begin_thread(actor(), str(conversation_id), new["content"], text_of(new["client_id"]), models)


@blueprint.get("/<uuid:root_id>/tree")
@blueprint.arguments(schemas.TreeQuery, location="query")
@blueprint.response(200, schemas.Tree)
@ready
def tree(query: dict[str, Any], root_id: UUID) -> Any:
    """A page of a thread: the newest messages, or those after or before a place, in chronological order."""
    return threads.tree(actor(), str(root_id), **query)


@blueprint.patch("/<uuid:root_id>")
@blueprint.arguments(schemas.Title)
@blueprint.response(200, schemas.Thread)
def rename(given: dict[str, Any], root_id: UUID) -> Any:
    """Give a thread a title. Who began it may, and owners and admins of the conversation."""
    return threads.rename(actor(), str(root_id), given["title"])
