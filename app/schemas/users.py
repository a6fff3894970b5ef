from marshmallow import Schema, fields, validate

from app.schemas.fields import PageQuery, text, time


class UserCard(Schema):
    """A user as others see it."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["human", "assistant"]))
    avatar = fields.String(
        metadata={"description": "One emoji or two letters; only there when chosen.", "example": "🪶"}
    )


class User(UserCard):
    """A user as he sees himself."""

    email = fields.String(allow_none=True, required=True)
    pending_email = fields.String(
        allow_none=True, required=True, metadata={"description": "Given, and not verified yet."}
    )
    role = fields.String(required=True, validate=validate.OneOf(["admin", "member", "read_only"]))
    email_verified_at = time(allow_none=True, required=True)
    locale = fields.String(required=True, metadata={"example": "en"})
    time_zone = fields.String(required=True, metadata={"example": "Europe/Stockholm"})
    theme = fields.String(required=True, validate=validate.OneOf(["system", "light", "dark"]))
    has_password = fields.Boolean(required=True)
    has_totp = fields.Boolean(required=True)
    has_passkey = fields.Boolean(required=True)
    created_at = time(required=True)
    disabled_at = time(allow_none=True, required=True)


class UserQuery(PageQuery):
    query = text(80, load_default="", metadata={"description": "The beginning of a user name or display name."})
