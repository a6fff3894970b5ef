from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import assistants as schemas
from app.services import assistants

blueprint = Blueprint("assistants", __name__, description="The assistants that can be asked.")


@blueprint.get("")
@blueprint.response(200, schemas.OfferedAssistantList)
def page() -> Any:
    """The assistants whom you may ask, oldest first."""
    return {"items": assistants.offered(actor())}
