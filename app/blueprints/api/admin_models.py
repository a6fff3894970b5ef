from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import model_catalogue as schemas
from app.schemas.providers import FellBack
from app.services import model_catalogue

blueprint = Blueprint("admin_models", __name__, description="The models that can be asked, for administrators.")


@blueprint.get("")
@blueprint.response(200, schemas.ModelList)
def page() -> Any:
    """Every model, the default one first."""
    return {"items": model_catalogue.all_models(actor())}


@blueprint.post("")
@blueprint.arguments(schemas.NewModel)
@blueprint.response(201, schemas.Model)
@blueprint.alt_response(409, description="The name is taken.")
def create(given: dict[str, Any]) -> Any:
    """Add a model of a server."""
    provider = str(given.pop("provider_id"))
    return model_catalogue.create(actor(), provider, given)


@blueprint.get("/<uuid:model_id>")
@blueprint.response(200, schemas.Model)
def get(model_id: UUID) -> Any:
    """One model."""
    return model_catalogue.get(actor(), str(model_id))


@blueprint.patch("/<uuid:model_id>")
@blueprint.arguments(schemas.ModelChange)
@blueprint.response(200, schemas.Model)
@blueprint.alt_response(409, description="The name is taken, or the default model would be disabled.")
def change(given: dict[str, Any], model_id: UUID) -> Any:
    """Change a model; the next question goes by it."""
    return model_catalogue.update(actor(), str(model_id), given)


@blueprint.delete("/<uuid:model_id>")
@blueprint.response(200, FellBack)
@blueprint.alt_response(409, description="It is the default model.")
def delete(model_id: UUID) -> Any:
    """Remove a model; assistants that asked it ask the default one from now on."""
    return {"assistants": model_catalogue.delete(actor(), str(model_id))}


@blueprint.post("/<uuid:model_id>/default")
@blueprint.response(200, schemas.Model)
@blueprint.alt_response(409, description="It, or its server, is disabled.")
def set_default(model_id: UUID) -> Any:
    """Ask this model wherever no other is chosen."""
    return model_catalogue.set_default(actor(), str(model_id))
