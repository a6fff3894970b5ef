from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.api.accounts import mailing
from app.blueprints.guards import actor
from app.schemas import admin_users as schemas
from app.schemas.fields import page_of
from app.services import invites

blueprint = Blueprint("admin_invites", __name__, description="Invitations to register, for administrators.")


@blueprint.get("")
@blueprint.arguments(schemas.InviteQuery, location="query")
@blueprint.response(200, page_of(schemas.Invite))
def page(query: dict[str, Any]) -> Any:
    """Invitations, newest first."""
    return invites.page(actor(), query["after"] and str(query["after"]), query["limit"])


@blueprint.post("")
@blueprint.arguments(schemas.NewInvite)
@blueprint.response(201, schemas.MadeInvite)
@blueprint.alt_response(409, description="The address has an account already.")
def create(given: dict[str, Any]) -> Any:
    """Invite somebody; the link is shown this once, and mailed when there is an address and a way to mail."""
    return invites.create(actor(), mailing(), given["email"], given["role"], given["ttl_seconds"])


@blueprint.delete("/<uuid:invite_id>")
@blueprint.response(204)
def revoke(invite_id: UUID) -> None:
    """Make an invitation useless."""
    invites.revoke(actor(), str(invite_id))
