from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import search as schemas
from app.services import search

blueprint = Blueprint("search", __name__, description="Finding what was said.")


@blueprint.get("")
@blueprint.arguments(schemas.SearchQuery, location="query")
@blueprint.response(200, schemas.found_page)
@blueprint.alt_response(404, description="There is no such conversation, or you are not in it.")
def find(query: dict[str, Any]) -> Any:
    """Messages that you may read, newest first, by words, parts of words, phrases and filters. Few items, or none, with
    a `next`: this page stopped before it had seen everything; go on from there."""
    conversation = query["conversation_id"] and str(query["conversation_id"])
    return search.messages(
        actor(), query["q"], conversation, query["author"], query["before"], query["after_date"], query["has"],
        query["from_"], query["after"], query["limit"],
    )  # fmt: skip
