from marshmallow import Schema, fields, validate

from app.schemas.fields import PageQuery, text, time
from app.schemas.members import Participant
from app.schemas.unread import Counted

KINDS = ["assistant", "group", "direct"]


class Conversation(Counted):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = fields.String(required=True)
    role = fields.String(required=True, metadata={"description": "The caller's role in it."})
    created_by = fields.UUID(required=True)
    created_at = time(required=True)
    archived_at = time(allow_none=True, required=True)
    last_activity_at = time(required=True)
    participants = fields.List(
        fields.Nested(Participant), required=True,
        metadata={"description": "Those who have been there longest, at most 20; all of them are a door of their own."},
    )  # fmt: skip
    participant_count = fields.Integer(required=True, metadata={"example": 3})
    assistant_id = fields.UUID(
        allow_none=True, required=True,
        metadata={"description": "Whom it asks when no assistant is mentioned; null: the one that is there longest."},
    )  # fmt: skip
    instructions = fields.String(
        required=True, metadata={"description": "What its assistants are told there.", "example": "Answer in verse."}
    )


class NewConversation(Schema):
    kind = fields.String(load_default="assistant", validate=validate.OneOf(KINDS))
    title = text(200, load_default=None, allow_none=True, metadata={"example": "Garden plans"})
    member_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=500))
    client_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Makes a retry harmless."})
    assistant_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The assistant that it asks; it is in it, too."}
    )


class ConversationQuery(PageQuery):
    archived = fields.Boolean(load_default=False, metadata={"description": "Those in the archive instead of the list."})


class ConversationChange(Schema):
    """What is left out stays as it is."""

    title = text(200, 1, metadata={"example": "Orchard plans"})
    archived = fields.Boolean(metadata={"description": "Into the archive, where nobody writes, or out of it again."})
    assistant_id = fields.UUID(
        allow_none=True, metadata={"description": "One of its assistants; null: the one that is there longest."}
    )
    instructions = text(8192, metadata={"description": "What its assistants are told there.", "example": "Be brief."})
