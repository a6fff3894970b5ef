from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import summaries as schemas
from app.services import summaries

blueprint = Blueprint("summaries", __name__, description="What you missed, told by a model to you alone.")


@blueprint.post("/<uuid:conversation_id>/catch-up")
@blueprint.arguments(schemas.CatchUp)
@blueprint.response(202, schemas.Summary)
def request(asked: dict[str, Any], conversation_id: UUID) -> Any:
    """Have told what you have not read in a conversation or a thread. While that is under way, asking again answers it."""
    return summaries.request(actor(), str(conversation_id), _root(asked), asked["after"])


@blueprint.get("/<uuid:conversation_id>/catch-up")
@blueprint.arguments(schemas.CatchUpQuery, location="query")
@blueprint.response(200, schemas.Summary)
def get(query: dict[str, Any], conversation_id: UUID) -> Any:
    """The newest summary of what you missed, or as much of it as is written."""
    return summaries.get(actor(), str(conversation_id), _root(query))


def _root(given: dict[str, Any]) -> str | None:
    return str(given["root_id"]) if given["root_id"] else None
