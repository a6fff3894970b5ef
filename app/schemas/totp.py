from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from app.schemas.fields import text, time

_HINT = {"description": "Yours; needed unless you have none and signed in within the last ten minutes."}


class OwnPassword(Schema):
    password = text(1024, 1, load_only=True, load_default=None, metadata=_HINT)


class State(Schema):
    enabled = fields.Boolean(required=True)
    enabled_at = time(required=True, allow_none=True)
    pending = fields.Boolean(required=True, metadata={"description": "Begun, but no code was given yet."})
    recovery_codes_left = fields.Integer(required=True)


class Begun(Schema):
    secret = fields.String(required=True, metadata={"description": "In base 32, shown this once."})
    uri = fields.String(required=True, metadata={"example": "otpauth://totp/Palaver:anna?secret=…&issuer=Palaver"})
    qr = fields.String(required=True, metadata={"description": "The URI as a QR code: a data URI of an SVG image."})


class Code(Schema):
    code = text(16, 1, required=True, load_only=True, metadata={"example": "123456"})


class Proof(Schema):
    """A code of the authenticator app, or a recovery code."""

    code = text(16, 1, load_only=True, load_default=None, metadata={"example": "123456"})
    recovery_code = text(64, 1, load_only=True, load_default=None, metadata={"example": "abcd-efgh-jkmn-pqrs"})

    @validates_schema
    def _exactly_one(self, given: dict[str, Any], **_: Any) -> None:
        if (given.get("code") is None) == (given.get("recovery_code") is None):
            raise ValidationError("Give a code of your authenticator app, or a recovery code.", "code")


class SwitchOff(Proof):
    password = text(1024, 1, load_only=True, load_default=None, metadata=_HINT)


class RecoveryCodes(Schema):
    recovery_codes = fields.List(
        fields.String(), required=True, metadata={"description": "Each works once; shown this once."}
    )
