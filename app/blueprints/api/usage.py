from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import usage as schemas
from app.services import usage

blueprint = Blueprint("usage", __name__, description="What you asked models for, and how much of your budgets is left.")


@blueprint.get("")
@blueprint.arguments(schemas.OwnUsageQuery, location="query")
@blueprint.response(200, schemas.OwnUsage)
def own(query: dict[str, Any]) -> Any:
    """Your usage of models, and how much is left."""
    return usage.own(actor(), **query)
