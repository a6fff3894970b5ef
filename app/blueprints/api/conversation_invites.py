from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.api.accounts import mailing
from app.blueprints.guards import actor
from app.schemas import conversation_invites as schemas
from app.schemas.conversations import Conversation
from app.schemas.fields import page_of
from app.services import conversation_invites

blueprint = Blueprint("conversation_invites", __name__, description="Invitations to a conversation.")


@blueprint.get("/conversations/<uuid:conversation_id>/invites")
@blueprint.arguments(schemas.InvitationQuery, location="query")
@blueprint.response(200, page_of(schemas.Invitation))
def page(query: dict[str, Any], conversation_id: UUID) -> Any:
    """The invitations to a conversation, newest first (owners and admins)."""
    after = query["after"] and str(query["after"])
    return conversation_invites.page(actor(), str(conversation_id), after, query["limit"])


@blueprint.post("/conversations/<uuid:conversation_id>/invites")
@blueprint.arguments(schemas.NewInvitation)
@blueprint.response(201, schemas.MadeInvitation)
@blueprint.alt_response(409, description="It is no group, it is archived, or there are too many invitations.")
def create(given: dict[str, Any], conversation_id: UUID) -> Any:
    """Invite somebody (owners and admins); the link is shown this once, and mailed to the address if there is one."""
    return conversation_invites.create(
        actor(), mailing(), str(conversation_id), given["email"], given["role"], given["ttl_seconds"]
    )


@blueprint.post("/invites/accept")
@blueprint.arguments(schemas.Acceptance)
@blueprint.response(200, Conversation)
@blueprint.alt_response(403, description="It is for another address, or for one that you have yet to verify.")
@blueprint.alt_response(410, description="It was used or revoked, has expired, or its maker may not invite any more.")
def accept(given: dict[str, str]) -> Any:
    """Come into a conversation by an invitation; who is in it already is just told where."""
    return conversation_invites.accept(actor(), given["token"])


@blueprint.post("/invites/<token>/revoke")
@blueprint.response(200, schemas.Invitation)
@blueprint.alt_response(410, description="It is of no use already.")
def revoke(token: str) -> Any:
    """Make an invitation useless, by its token or its id (its maker, and whoever could have made it)."""
    return conversation_invites.revoke(actor(), token)
