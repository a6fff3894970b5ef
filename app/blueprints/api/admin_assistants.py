from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import assistants as schemas
from app.services import assistants

blueprint = Blueprint("admin_assistants", __name__, description="Assistants, for administrators.")


@blueprint.get("")
@blueprint.response(200, schemas.AssistantList)
def page() -> Any:
    """Every assistant, oldest first."""
    return {"items": assistants.all_assistants(actor())}


@blueprint.post("")
@blueprint.arguments(schemas.NewAssistant)
@blueprint.response(201, schemas.Assistant)
@blueprint.alt_response(409, description="The user name is taken.")
def create(given: dict[str, Any]) -> Any:
    """Make an assistant; add it to conversations like anybody else."""
    return assistants.create(actor(), _plain(given))


@blueprint.get("/<uuid:assistant_id>")
@blueprint.response(200, schemas.Assistant)
def get(assistant_id: UUID) -> Any:
    """One assistant."""
    return assistants.get(actor(), str(assistant_id))


@blueprint.patch("/<uuid:assistant_id>")
@blueprint.arguments(schemas.AssistantChange)
@blueprint.response(200, schemas.Assistant)
@blueprint.alt_response(409, description="The user name is taken.")
def change(given: dict[str, Any], assistant_id: UUID) -> Any:
    """Change an assistant; its next answer goes by it. `disabled` false brings it back."""
    return assistants.update(actor(), str(assistant_id), _plain(given))


@blueprint.delete("/<uuid:assistant_id>")
@blueprint.response(200, schemas.Assistant)
def disable(assistant_id: UUID) -> Any:
    """Disable an assistant: it is in no list and answers no more; what it said stays."""
    return assistants.update(actor(), str(assistant_id), {"disabled": True})


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """With the model's id as the services write ids."""
    return given | ({"model_id": str(given["model_id"])} if given.get("model_id") else {})
