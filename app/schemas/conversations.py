from marshmallow import Schema, fields, validate

from app.schemas.fields import text, time
from app.schemas.users import UserCard

KINDS = ["assistant", "group", "direct"]


class Participant(UserCard):
    role = fields.String(required=True, validate=validate.OneOf(["owner", "admin", "member", "viewer"]))


class Conversation(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = fields.String(required=True)
    role = fields.String(required=True, metadata={"description": "The caller's role in it."})
    created_by = fields.UUID(required=True)
    created_at = time(required=True)
    archived_at = time(allow_none=True, required=True)
    last_activity_at = time(required=True)
    participants = fields.List(fields.Nested(Participant), required=True)


class NewConversation(Schema):
    kind = fields.String(load_default="assistant", validate=validate.OneOf(KINDS))
    title = text(200, load_default=None, allow_none=True, metadata={"example": "Garden plans"})
    member_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=500))
    client_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Makes a retry harmless."})
