from marshmallow import Schema, fields, validate

from app.core.scopes import SCOPES
from app.schemas.fields import text, time
from app.schemas.totp import OwnPassword

TEN_YEARS = 315_360_000


class Key(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "backup script"})
    prefix = fields.String(required=True, metadata={"description": "How its token begins.", "example": "pv_q83vEj"})
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)
    created_at = time(required=True)
    last_used_at = time(allow_none=True, required=True)
    expires_at = time(allow_none=True, required=True)


class KeyList(Schema):
    items = fields.List(fields.Nested(Key), required=True)


class NewKey(OwnPassword):
    name = text(128, 1, required=True, metadata={"example": "backup script"})
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)), required=True, validate=validate.Length(1, len(SCOPES)),
        metadata={"description": "read: safe methods; write: the others; v1: /v1; admin: /api/admin.", "example": ["read"]},
    )  # fmt: skip
    ttl_seconds = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(60, TEN_YEARS),
        metadata={"description": "It ends after this long; null for never."},
    )  # fmt: skip


class MadeKey(Schema):
    key = fields.Nested(Key, required=True)
    token = fields.String(required=True, metadata={"description": "Told only now. Send it as Authorization: Bearer."})
