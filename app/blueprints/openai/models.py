from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.openai.shapes import Unknown
from app.schemas import openai as schemas
from app.services import completions

blueprint = Blueprint("openai_models", __name__, description="OpenAI-compatible: what can be asked.")


@blueprint.get("/models")
@blueprint.response(200, schemas.ModelCards)
def index() -> Any:
    """Models, and assistants by their user names."""
    return {"object": "list", "data": [_card(row) for row in completions.names()]}


@blueprint.get("/models/<path:model>")
@blueprint.response(200, schemas.ModelCard)
def get(model: str) -> Any:
    """One of them."""
    for row in completions.names():
        if row["id"].lower() == model.lower():
            return _card(row)
    raise Unknown(model)


def _card(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"object": "model"}
