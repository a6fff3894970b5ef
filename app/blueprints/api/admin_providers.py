from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app
from flask_smorest import Blueprint

from app.blueprints.guards import actor, keys
from app.core.settings import Llm
from app.schemas import providers as schemas
from app.services import providers

blueprint = Blueprint("admin_providers", __name__, description="Servers of models, for administrators.")


def llm() -> Llm:
    """Where the model of this machine answers."""
    return current_app.config["PALAVER"].llm  # type: ignore[no-any-return]


@blueprint.get("")
@blueprint.response(200, schemas.ProviderList)
def page() -> Any:
    """Every server of models, the one of this machine first."""
    return {"items": providers.all_providers(actor(), keys())}


@blueprint.post("")
@blueprint.arguments(schemas.NewProvider)
@blueprint.response(201, schemas.Provider)
@blueprint.alt_response(409, description="The name is taken.")
def create(given: dict[str, Any]) -> Any:
    """Add a server; test it and add its models afterwards."""
    return providers.create(actor(), keys(), given)


@blueprint.get("/<uuid:provider_id>")
@blueprint.response(200, schemas.Provider)
def get(provider_id: UUID) -> Any:
    """One server."""
    return providers.get(actor(), keys(), str(provider_id))


@blueprint.patch("/<uuid:provider_id>")
@blueprint.arguments(schemas.ProviderChange)
@blueprint.response(200, schemas.Provider)
@blueprint.alt_response(409, description="The name is taken, or the default model would be disabled.")
def change(given: dict[str, Any], provider_id: UUID) -> Any:
    """Change a server; the next question goes by it. Another address needs the key of the server there."""
    return providers.update(actor(), keys(), str(provider_id), given)


@blueprint.delete("/<uuid:provider_id>")
@blueprint.response(200, schemas.FellBack)
@blueprint.alt_response(409, description="It has the default model, or is the one of this machine.")
def delete(provider_id: UUID) -> Any:
    """Remove a server with its models; assistants that asked one of them ask the default one from now on."""
    return {"assistants": providers.delete(actor(), str(provider_id))}


@blueprint.post("/<uuid:provider_id>/test")
@blueprint.arguments(schemas.ToExamine)
@blueprint.response(200, schemas.Examination)
def examine(given: dict[str, Any], provider_id: UUID) -> Any:
    """Ask a server what it is and has, and a model of it for one token. What fails is told in `problem`."""
    return providers.examine(actor(), keys(), llm(), str(provider_id), given["model"])
