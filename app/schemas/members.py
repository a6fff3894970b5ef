from typing import Any

from marshmallow import Schema, fields, validate

from app.schemas.fields import time
from app.schemas.users import UserCard

ROLES = ["owner", "admin", "member", "viewer"]
MEANING = "Owners decide everything, admins who else is a member or viewer, members write, viewers read."


def member_role(**more: Any) -> fields.String:
    """What somebody may do in a conversation."""
    return fields.String(
        validate=validate.OneOf(ROLES), metadata={"description": MEANING, "example": "member"}, **more
    )  # fmt: skip


class Participant(UserCard):
    """Somebody who is in a conversation."""

    role = member_role(required=True)
    joined_at = time(required=True)


class NewParticipant(Schema):
    user_id = fields.UUID(required=True, metadata={"description": "A person or an assistant."})
    role = member_role(load_default="member")


class RoleChange(Schema):
    role = member_role(required=True)
