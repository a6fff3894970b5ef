from marshmallow import Schema, fields, validate

from app.schemas.fields import time
from app.schemas.users import UserCard

STATES = ["none", "waiting", "writing", "done", "failed", "outdated"]


class CatchUp(Schema):
    root_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only this thread; null is the whole conversation."},
    )
    after = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, 2**62),
        metadata={"description": "What came after this `seq`, instead of after what you have read.", "example": 40},
    )  # fmt: skip


class CatchUpQuery(Schema):
    root_id = fields.UUID(load_default=None, metadata={"description": "That of this thread."})


class Source(Schema):
    n = fields.Integer(required=True, metadata={"description": "Its number in the text.", "example": 2})
    message_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    author = fields.Nested(UserCard, required=True)
    created_at = time(required=True)


class Failure(Schema):
    code = fields.String(required=True, metadata={"example": "PV.MODEL.UNREACHABLE"})
    message = fields.String(required=True, metadata={"example": "The model server cannot be reached."})


class Summary(Schema):
    """What you missed. It is kept for a day."""

    id = fields.UUID()
    state = fields.String(
        required=True, validate=validate.OneOf(STATES),
        metadata={"description": "`none`: nothing was asked, or nothing is unread. `outdated`: a message that it was made of"
                  " has been deleted since; ask again.", "example": "done"},
    )  # fmt: skip
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True, allow_none=True)
    content = fields.String(
        required=True,
        metadata={"description": "Markdown, as much as is written; `[n]` is a message of `sources`.",
                  "example": "- Bob cut the roses. [2]"},
    )  # fmt: skip
    missed = fields.Integer(required=True, metadata={"description": "Messages that you had not read.", "example": 12})
    dropped = fields.Integer(
        required=True, metadata={"description": "The oldest of them, for which the model had no room.", "example": 0}
    )
    sources = fields.List(
        fields.Nested(Source), required=True, metadata={"description": "The messages whose numbers stand in the text."}
    )
    first_message_id = fields.UUID(metadata={"description": "The oldest message that it was made of."})
    after = fields.Integer(metadata={"description": "Ask with this to have the same told again, and what came since."})
    error = fields.Nested(Failure, metadata={"description": "Why it failed."})
    created_at = time()
    finished_at = time(allow_none=True)
