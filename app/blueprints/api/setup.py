from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.blueprints.api.auth import signed_in
from app.blueprints.guards import open_door
from app.schemas import auth as schemas
from app.services import auth

blueprint = Blueprint("setup", __name__, description="The first account.")


@blueprint.get("")
@open_door
@blueprint.response(200, schemas.SetupState)
def state() -> Any:
    """Has the first account been made?"""
    return {"is_setup": auth.is_set_up()}


@blueprint.post("")
@open_door
@blueprint.arguments(schemas.NewAccount)
@blueprint.response(201, schemas.SignedIn)
@blueprint.alt_response(409, description="Palaver is set up already.")
def create(account: dict[str, str]) -> Any:
    """Make the first account, an administrator, and sign it in."""
    return signed_in(auth.set_up(**account)["id"])
