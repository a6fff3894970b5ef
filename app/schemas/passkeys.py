from marshmallow import Schema, fields

from app.schemas.fields import text, time
from app.schemas.totp import OwnPassword

__all__ = ["Answer", "NewPasskey", "Options", "OwnPassword", "Passkey", "PasskeyList", "PasskeyName"]

_CREDENTIAL = {
    "description": "What the browser answered, as `PublicKeyCredential.toJSON()` writes it.",
    "example": {"id": "…", "rawId": "…", "type": "public-key", "response": {}},
}


class Passkey(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    created_at = time(required=True)
    last_used_at = time(required=True, allow_none=True)


class PasskeyList(Schema):
    items = fields.List(fields.Nested(Passkey), required=True)


class PasskeyName(Schema):
    name = text(200, 1, required=True, metadata={"example": "My phone"})


class Options(Schema):
    options = fields.Dict(
        required=True,
        metadata={"description": "For `PublicKeyCredential.parse…OptionsFromJSON()`. Answer in 5 minutes."},
    )


class Answer(Schema):
    credential = fields.Dict(keys=fields.String(), required=True, metadata=_CREDENTIAL)


class NewPasskey(PasskeyName, Answer):
    pass
