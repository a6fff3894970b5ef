from marshmallow import Schema, fields, validate

from app.schemas.accounts import mailed
from app.schemas.auth import NewAccount, Session
from app.schemas.fields import PageQuery, text, time
from app.schemas.users import UserCard

ROLES = ["admin", "member", "read_only"]


class PeopleQuery(PageQuery):
    query = text(80, load_default="", metadata={"description": "A part of a name or an address."})


class NewUser(NewAccount):
    email = text(254, 3, load_default=None, allow_none=True, metadata={"example": "bob@example.org"})
    display_name = text(80, 1, load_default=None, allow_none=True)
    role = fields.String(load_default="member", validate=validate.OneOf(ROLES))


class UserChange(Schema):
    """What is left out stays as it is."""

    role = fields.String(validate=validate.OneOf(ROLES))
    disabled = fields.Boolean()


class SomebodysSession(Session):
    user_id = fields.UUID(required=True)
    username = fields.String(required=True)


class SessionQuery(Schema):
    user_id = fields.UUID(load_default=None, metadata={"description": "Of this user only."})
    after = fields.UUID(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Whose(Schema):
    user_id = fields.UUID(required=True)


class InviteQuery(Schema):
    after = fields.UUID(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Invite(Schema):
    id = fields.UUID(required=True)
    email = fields.String(allow_none=True, required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    state = fields.String(required=True, validate=validate.OneOf(["open", "accepted", "revoked", "expired"]))
    created_at = time(required=True)
    expires_at = time(required=True)
    created_by = fields.Nested(UserCard, allow_none=True, required=True)
    accepted_by = fields.Nested(UserCard, allow_none=True, required=True)


class NewInvite(Schema):
    email = text(254, 3, load_default=None, allow_none=True, metadata={"example": "bob@example.org"})
    role = fields.String(load_default="member", validate=validate.OneOf(ROLES))
    ttl_seconds = fields.Integer(load_default=7 * 86_400, validate=validate.Range(60, 90 * 86_400))


class MadeInvite(Invite):
    token = fields.String(required=True, metadata={"description": "Shown this once."})
    url = fields.String(required=True)
    mail = mailed()
