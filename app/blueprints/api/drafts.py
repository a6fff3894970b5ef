from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import drafts as schemas
from app.schemas.fields import PageQuery, page_of
from app.services import drafts

blueprint = Blueprint("drafts", __name__, description="What you typed and did not send; only you see it.")


@blueprint.get("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(schemas.Draft))
def page(query: dict[str, Any]) -> Any:
    """Your drafts, the newest first."""
    return drafts.page(actor(), **query)


@blueprint.put("/<uuid:place>")
@blueprint.arguments(schemas.NewDraft)
@blueprint.response(200, schemas.Draft)
def save(new: dict[str, Any], place: UUID) -> Any:
    """Keep what you type in a thread, or in a conversation for a new thread; 200 are kept, the newest wins."""
    return drafts.save(actor(), str(place), new["content"])
