from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.core.settings import Presence
from app.schemas import presence as schemas
from app.schemas.fields import page_of
from app.services import presence

blueprint = Blueprint("presence", __name__, description="Who is there, and who is typing.")


@blueprint.post("/presence/heartbeat")
@blueprint.arguments(schemas.Heartbeat)
@blueprint.response(200, schemas.Presence)
def heartbeat(said: dict[str, Any]) -> Any:
    """Say that you are there, every 30 seconds; after 45 of silence you are away, after 5 minutes offline."""
    return presence.heartbeat(actor(), said["status"], said["client_id"] and str(said["client_id"]), settings())


@blueprint.get("/conversations/<uuid:conversation_id>/presence")
@blueprint.arguments(schemas.PresenceQuery, location="query")
@blueprint.response(200, page_of(schemas.Presence))
def page(query: dict[str, Any], conversation_id: UUID) -> Any:
    """The people of a conversation, in the order of their ids, and whether they are there.

    Changes come as `presence.update` on your stream, except in conversations with more than `presence.most_members`.
    """
    after = query["after"] and str(query["after"])
    return presence.page(actor(), str(conversation_id), after, query["limit"])


@blueprint.post("/typing")
@blueprint.arguments(schemas.NewTyping)
@blueprint.response(200, schemas.Typing)
def typing(said: dict[str, Any]) -> Any:
    """Say that you are writing; the others hear `typing.update`. Every three seconds is often enough."""
    root = said["root_id"] and str(said["root_id"])
    return presence.typing(actor(), str(said["conversation_id"]), root, said["seconds"], settings())


def settings() -> Presence:
    """What the operator set."""
    return current_app.config["PALAVER"].presence  # type: ignore[no-any-return]
