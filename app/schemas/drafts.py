from marshmallow import Schema, fields

from app.schemas.fields import text, time


class NewDraft(Schema):
    content = text(
        65_536, required=True, metadata={"description": "What is typed; empty forgets it.", "example": "I think"}
    )


class Draft(Schema):
    place = fields.UUID(
        required=True,
        metadata={"description": "The root of a thread, or a conversation, where it will begin a thread."},
    )
    conversation_id = fields.UUID(required=True)
    content = fields.String(required=True, metadata={"example": "I think"})
    updated_at = time(required=True)
