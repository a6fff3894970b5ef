from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import model_catalogue as schemas
from app.services import model_catalogue

blueprint = Blueprint("models", __name__, description="The models that can be asked.")


@blueprint.get("")
@blueprint.response(200, schemas.OfferedModelList)
def page() -> Any:
    """The models that you may ask, the default one first."""
    return {"items": model_catalogue.offered(actor())}
