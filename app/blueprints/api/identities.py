from __future__ import annotations

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from app.blueprints import attempts
from app.blueprints.api.oauth import SETTINGS, provider_called
from app.blueprints.guards import actor
from app.schemas import identities as schemas
from app.services import identities, proof

blueprint = Blueprint("identities", __name__, description="Accounts elsewhere that may sign in here as you.")


def begin_link(provider: str, password: str) -> str:
    """Where to send the browser to link an account.

    Raises:
        NotFound: the provider is not configured.
        Forbidden, InvalidCredentials: the actor has not shown again who he is.
    """
    chosen = provider_called(provider)
    proof.require(actor(), password or None, fresh_will_do=True)
    return attempts.begin(chosen, SETTINGS, session=actor().session["id"])


def end_link(provider: str) -> list[dict[str, Any]]:
    """Unlink, if another way to sign in remains."""
    return identities.unlink(actor(), provider, list(current_app.extensions["oauth"]))


@blueprint.get("")
@blueprint.response(200, schemas.IdentityList)
def list_() -> Any:
    """The accounts elsewhere that you have linked, oldest first."""
    return {"items": identities.list_of(actor())}


@blueprint.post("/<provider>")
@blueprint.arguments(schemas.LinkProof)
@blueprint.response(200, schemas.AuthUrl)
@blueprint.alt_response(403, description="Give your password, or sign in once more.")
def link(given: dict[str, str], provider: str) -> Any:
    """Begin to link an account elsewhere. It takes an unsafe request, so that no other site can begin it."""
    return {"auth_url": begin_link(provider, given["password"])}


@blueprint.delete("/<provider>")
@blueprint.response(200, schemas.IdentityList)
@blueprint.alt_response(409, description="It is the only way to sign in.")
def unlink(provider: str) -> Any:
    """Unlink; other sessions that were begun with it end."""
    return {"items": end_link(provider)}
