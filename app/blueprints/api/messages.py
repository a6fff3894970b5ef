from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.blueprints.parsing import text_of
from app.blueprints.ready import ready
from app.schemas import messages as schemas
from app.services import messages

blueprint = Blueprint("messages", __name__, description="What was said.")


@blueprint.get("/<uuid:message_id>")
@blueprint.response(200, schemas.Message)
@ready
def get(message_id: UUID) -> Any:
    """One message."""
    return messages.get(actor(), str(message_id))


@blueprint.post("/<uuid:message_id>/reply")
@blueprint.arguments(schemas.NewMessage)
@blueprint.response(201, schemas.Posted)
def reply(new: dict[str, Any], message_id: UUID) -> Any:
    """Answer a message. Assistants that the answer addresses begin to write."""
    models = [str(model) for model in new["model_ids"]]
    return messages.reply(actor(), str(message_id), new["content"], text_of(new["client_id"]), models)


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
@blueprint.arguments(schemas.Again)
@blueprint.response(201, schemas.Message)
def regenerate(chosen: dict[str, Any], message_id: UUID) -> Any:
    """Ask again: a new answer beside the old one, of another model or assistant if you like."""
    model, assistant = text_of(chosen["model_id"]), text_of(chosen["assistant_id"])
    return messages.regenerate(actor(), str(message_id), model, assistant)


@blueprint.post("/<uuid:message_id>/continue")
@blueprint.arguments(schemas.GoOn)
@blueprint.response(200, schemas.Message)
def go_on(chosen: dict[str, Any], message_id: UUID) -> Any:
    """Let an answer that was cut short go on in the same message, while nobody has replied to it."""
    return messages.go_on(actor(), str(message_id), text_of(chosen["model_id"]))


@blueprint.post("/<uuid:message_id>/branch")
@blueprint.arguments(schemas.Branch)
@blueprint.response(201, schemas.Posted)
def branch(new: dict[str, Any], message_id: UUID) -> Any:
    """Ask a question of one's own again in other words, beside it; of the first of a thread in a thread of its own."""
    client_id, model = text_of(new["client_id"]), text_of(new["model_id"])
    return messages.branch(actor(), str(message_id), new["content"], client_id, model)


@blueprint.post("/<uuid:message_id>/compare")
@blueprint.arguments(schemas.Compare)
@blueprint.response(201, schemas.Comparison)
def compare(chosen: dict[str, Any], message_id: UUID) -> Any:
    """Put a question to several models at once: their answers grow side by side until one of them is kept."""
    models = [str(model) for model in chosen["model_ids"]]
    return messages.compare(actor(), str(message_id), models, text_of(chosen["assistant_id"]))


@blueprint.post("/<uuid:message_id>/keep")
@blueprint.response(200, schemas.Message)
def keep(message_id: UUID) -> Any:
    """Go on with one of the answers that are compared; the others stay as versions beside it, and are stopped."""
    return messages.keep(actor(), str(message_id))


@blueprint.post("/<uuid:message_id>/edit")
@blueprint.arguments(schemas.Edit)
@blueprint.response(200, schemas.Message)
def edit(given: dict[str, Any], message_id: UUID) -> Any:
    """Give a message of one's own another text. Assistants do not answer anew."""
    return messages.edit(actor(), str(message_id), given["content"])


@blueprint.get("/<uuid:message_id>/history")
@blueprint.response(200, schemas.History)
def history(message_id: UUID) -> Any:
    """The texts that a message had before."""
    return {"items": messages.history(actor(), str(message_id))}


@blueprint.post("/<uuid:message_id>/delete")
@blueprint.response(200, schemas.Message)
def delete(message_id: UUID) -> Any:
    """Delete a message: its author may, who asked for an answer, and owners and admins of the conversation."""
    return messages.delete(actor(), str(message_id))


@blueprint.post("/<uuid:message_id>/restore")
@blueprint.response(200, schemas.Message)
@blueprint.alt_response(410, description="It was deleted too long ago; its text is gone for good.")
def restore(message_id: UUID) -> Any:
    """Bring back what one has deleted, while it is kept."""
    return messages.restore(actor(), str(message_id), current_app.config["PALAVER"].messages.restore_days)


@blueprint.post("/<uuid:message_id>/select")
@blueprint.arguments(schemas.Choice)
@blueprint.response(200, schemas.Selection)
def select(choice: dict[str, Any], message_id: UUID) -> Any:
    """Look at the branch that a message is in, or a sibling of it, down to its newest end."""
    return messages.select(actor(), str(message_id), choice["step"])
