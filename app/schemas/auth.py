from marshmallow import Schema, fields

from app.schemas.fields import text, time
from app.schemas.keys import Key
from app.schemas.users import User


class SetupState(Schema):
    is_setup = fields.Boolean(required=True)


class NewAccount(Schema):
    username = text(32, 1, required=True, metadata={"example": "anna"})
    email = text(254, 3, required=True, metadata={"example": "anna@example.org"})
    password = text(1024, required=True, load_only=True, metadata={"example": "correct horse battery"})


class Login(Schema):
    email = text(254, 1, required=True, metadata={"description": "E-mail address or user name.", "example": "anna"})
    password = text(1024, 1, required=True, load_only=True, metadata={"example": "correct horse battery"})


class Session(Schema):
    id = fields.UUID(required=True)
    issued_at = time(required=True)
    expires_at = time(required=True)
    absolute_expires_at = time(required=True)
    last_seen_at = time(required=True)
    user_agent = fields.String(required=True)
    ip = fields.String(allow_none=True, required=True)
    method = fields.String(
        required=True, metadata={"description": "How it was begun: password, passkey or a provider."}
    )
    suspicious = fields.Boolean(required=True, metadata={"description": "The password is asked for again."})
    awaits_second_factor = fields.Boolean(required=True)
    second_factor = fields.String(
        allow_none=True, required=True, metadata={"description": "How it was shown: totp, recovery_code or passkey."}
    )


class OwnSession(Session):
    current = fields.Boolean(required=True)


class SessionList(Schema):
    items = fields.List(fields.Nested(OwnSession), required=True)


class Password(Schema):
    password = text(1024, 1, required=True, load_only=True, metadata={"example": "correct horse battery"})


class SignedIn(Schema):
    user = fields.Nested(User, required=True)
    session = fields.Nested(Session, required=True)
    csrf_token = fields.String(required=True, metadata={"description": "Send it as X-CSRF-TOKEN with unsafe requests."})


class Me(Schema):
    user = fields.Nested(User, required=True)
    session = fields.Nested(Session, required=True, allow_none=True)
    key = fields.Nested(Key, required=True, allow_none=True)


class Ok(Schema):
    ok = fields.Boolean(required=True)
