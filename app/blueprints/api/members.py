from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import members as schemas
from app.schemas.fields import PageQuery, page_of
from app.services import members

blueprint = Blueprint("members", __name__, description="Who is in a conversation, and what they may do there.")


@blueprint.get("/<uuid:conversation_id>/participants")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(schemas.Participant))
def page(query: dict[str, Any], conversation_id: UUID) -> Any:
    """Everybody in a conversation, longest there first."""
    return members.page(actor(), str(conversation_id), **query)


@blueprint.post("/<uuid:conversation_id>/participants")
@blueprint.arguments(schemas.NewParticipant)
@blueprint.response(201, schemas.Participant)
@blueprint.alt_response(409, description="It is no group, it is archived, or this person is in it with another role.")
def add(new: dict[str, Any], conversation_id: UUID) -> Any:
    """Add a person or an assistant to a group (owners and admins)."""
    return members.add(actor(), str(conversation_id), str(new["user_id"]), new["role"])


@blueprint.patch("/<uuid:conversation_id>/participants/<uuid:user_id>")
@blueprint.arguments(schemas.RoleChange)
@blueprint.response(200, schemas.Participant)
@blueprint.alt_response(409, description="This is the last owner, or the conversation is no group.")
def change(given: dict[str, Any], conversation_id: UUID, user_id: UUID) -> Any:
    """Give somebody another role: admins between member and viewer, owners every role."""
    return members.set_role(actor(), str(conversation_id), str(user_id), given["role"])


@blueprint.delete("/<uuid:conversation_id>/participants/<uuid:user_id>")
@blueprint.response(204)
@blueprint.alt_response(409, description="This is the last owner, or the conversation is no group.")
def remove(conversation_id: UUID, user_id: UUID) -> None:
    """Remove somebody from a group; to remove yourself is to leave."""
    members.remove(actor(), str(conversation_id), str(user_id))


@blueprint.post("/<uuid:conversation_id>/leave")
@blueprint.response(204)
@blueprint.alt_response(409, description="You are the last owner of people who stay.")
def leave(conversation_id: UUID) -> None:
    """Leave a conversation. A direct one only leaves your list, until something is said in it again."""
    members.leave(actor(), str(conversation_id))
