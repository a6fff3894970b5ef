from marshmallow import Schema, fields, validate

from app.schemas.auth import NewAccount
from app.schemas.fields import text
from app.schemas.users import User

MAILED = {"description": "What became of the mail; null when this server sends none."}


def mailed() -> fields.String:
    return fields.String(
        required=True, allow_none=True, validate=validate.OneOf(["sent", "failed", None]), metadata=MAILED
    )


class Registration(NewAccount):
    invite = text(200, load_default=None, allow_none=True, metadata={"description": "The token of an invitation."})


class Waiting(Schema):
    """The account is made; it can sign in once the link in the mail was opened."""

    state = fields.String(required=True, validate=validate.Equal("verify_email"))
    email = fields.String(required=True)
    mail = mailed()


class Token(Schema):
    token = text(200, 1, required=True, load_only=True)


class Forgotten(Schema):
    email = text(254, 1, required=True, metadata={"description": "E-mail address or user name.", "example": "anna"})


class Told(Schema):
    detail = fields.String(required=True)


class Reset(Token):
    new_password = text(1024, required=True, load_only=True, metadata={"example": "correct horse battery"})


class NewPassword(Schema):
    current_password = text(
        1024, load_default=None, allow_none=True, load_only=True,
        metadata={"description": "Left out by who has none yet and signed in less than ten minutes ago."},
    )  # fmt: skip
    new_password = text(1024, required=True, load_only=True, metadata={"example": "correct horse battery"})
    revoke_keys = fields.Boolean(load_default=False, metadata={"description": "End all your API keys, too."})


class Ended(Schema):
    ended = fields.Integer(required=True, metadata={"description": "How many sessions ended."})


class ProfileChange(Schema):
    """What is left out stays as it is."""

    display_name = text(80, 1)
    locale = text(35, 2, metadata={"example": "en"})
    time_zone = text(64, 1, metadata={"example": "Europe/Stockholm"})
    theme = fields.String(validate=validate.OneOf(["system", "light", "dark"]))
    email = text(254, 3, metadata={"description": "Needs `current_password`, too; counts once it is verified."})
    current_password = text(1024, load_only=True)


class Profile(User):
    mail = mailed()
