from __future__ import annotations

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.core.errors import Forbidden
from app.core.features import Features
from app.schemas import features as schemas
from app.services import features

blueprint = Blueprint("admin_features", __name__, description="Features that can be switched, for administrators.")


def state() -> Features:
    """What is on in this process."""
    return current_app.extensions["features"]  # type: ignore[no-any-return]


def switch_here(name: str, enabled: bool) -> None:
    """Switch it everywhere, and in this process before the answer is given."""
    state().set_switched(features.switch(actor(), name, enabled))


@blueprint.get("")
@blueprint.response(200, schemas.FeatureList)
@blueprint.alt_response(403, description="Not an administrator.")
def list_() -> Any:
    """Every feature and whether it is on."""
    if actor().user["role"] != "admin":
        raise Forbidden("Only an administrator may do this.")
    return {"items": features.shown(state())}


@blueprint.put("/<name>")
@blueprint.arguments(schemas.Switch)
@blueprint.response(200, schemas.FeatureList)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such feature.")
@blueprint.alt_response(409, description="The configuration decides about it at start.")
def put(given: dict[str, bool], name: str) -> Any:
    """Switch a run-time feature; every process follows within a second."""
    switch_here(name, given["enabled"])
    return {"items": features.shown(state())}
