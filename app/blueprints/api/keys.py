from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import keys as schemas
from app.services import keys

blueprint = Blueprint("keys", __name__, description="Keys for programs.")


@blueprint.get("")
@blueprint.response(200, schemas.KeyList)
def list_() -> Any:
    """Your API keys, newest first; never their tokens."""
    return {"items": keys.list_of(actor())}


@blueprint.post("")
@blueprint.arguments(schemas.NewKey)
@blueprint.response(201, schemas.MadeKey)
@blueprint.alt_response(403, description="Prove again who you are, or you may not have this scope.")
def create(new: dict[str, Any]) -> Any:
    """Make an API key. Its token is told only now."""
    key, token = keys.create(actor(), **new)
    return {"key": key, "token": token}


@blueprint.delete("/<uuid:key_id>")
@blueprint.response(204)
def revoke(key_id: UUID) -> None:
    """Revoke an API key: it counts no more, and its streams close within a second."""
    keys.revoke(actor(), str(key_id))
