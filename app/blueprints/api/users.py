from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import users as schemas
from app.services import conversations

blueprint = Blueprint("users", __name__, description="Who is here.")


@blueprint.get("")
@blueprint.arguments(schemas.UserQuery, location="query")
@blueprint.response(200, schemas.UserList)
def search(query: dict[str, Any]) -> Any:
    """People and assistants whom you could talk to, by the beginning of a name."""
    return {"items": conversations.find_users(actor(), **query)}
