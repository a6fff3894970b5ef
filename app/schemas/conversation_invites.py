from marshmallow import Schema, fields, validate

from app.schemas.accounts import mailed
from app.schemas.fields import text, time
from app.schemas.members import member_role
from app.schemas.users import UserCard

STATES = ["open", "accepted", "revoked", "expired", "void"]
DAY = 86_400


class InvitationQuery(Schema):
    after = fields.UUID(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Invitation(Schema):
    """An invitation to a conversation."""

    id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    email = fields.String(
        allow_none=True, required=True, metadata={"description": "Whose it is; anybody's who has the link when null."}
    )
    role = member_role(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(STATES),
        metadata={"description": "`void`: who made it may not invite any more, or not with this role."},
    )  # fmt: skip
    created_at = time(required=True)
    expires_at = time(required=True)
    created_by = fields.Nested(UserCard, allow_none=True, required=True)
    accepted_by = fields.Nested(UserCard, allow_none=True, required=True)


class NewInvitation(Schema):
    email = text(
        254, 3, load_default=None, allow_none=True,
        metadata={"description": "Only an account that has verified this address can accept.", "example": "bob@example.org"},
    )  # fmt: skip
    role = member_role(load_default="member")
    ttl_seconds = fields.Integer(
        load_default=7 * DAY, validate=validate.Range(60, 30 * DAY), metadata={"description": "When it expires."}
    )


class MadeInvitation(Invitation):
    token = fields.String(required=True, metadata={"description": "Shown this once."})
    url = fields.String(required=True, metadata={"description": "The page where it is accepted."})
    mail = mailed()


class Acceptance(Schema):
    token = text(
        200, 1, required=True, load_only=True, metadata={"description": "From the link, or the answer that made it."}
    )
