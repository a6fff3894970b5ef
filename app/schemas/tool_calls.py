from marshmallow import Schema, fields, validate

from app.schemas.fields import time
from app.schemas.users import UserCard

STATUSES = ("pending", "approved", "refused", "running", "done", "failed")


class ToolCall(Schema):
    """A call of a tool that a model wanted while it answered."""

    id = fields.UUID(required=True)
    message_id = fields.UUID(required=True, metadata={"description": "The answer."})
    idx = fields.Integer(required=True, metadata={"description": "Their order in the answer, from 0."})
    server = fields.String(required=True, metadata={"description": "The server of tools.", "example": "clock"})
    tool = fields.String(required=True, metadata={"example": "current_time"})
    arguments = fields.String(
        required=True, metadata={"description": "JSON, as the model wrote it.", "example": '{"zone": "UTC"}'}
    )
    output = fields.String(
        allow_none=True, required=True,
        metadata={"description": "Text that came out of it, or why it was not called. Never HTML.", "example": "09:30"},
    )  # fmt: skip
    status = fields.String(
        required=True, validate=validate.OneOf(STATUSES),
        metadata={"description": "`pending`: it waits until somebody allows or refuses it."},
    )  # fmt: skip
    decided_by = fields.Nested(UserCard, allow_none=True, required=True)
    created_at = time(required=True)
    decided_at = time(allow_none=True, required=True)
    finished_at = time(allow_none=True, required=True)
