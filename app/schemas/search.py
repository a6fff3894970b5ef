from marshmallow import Schema, fields, validate

from app.schemas.fields import page_of, text
from app.schemas.messages import Message


class SearchQuery(Schema):
    q = text(
        200,
        load_default="",
        metadata={
            "description": 'Words or parts of words; "phrases"; -without; filters: from:@name, from:assistant, has:code,'
            ' in:"title", before:2026-11-01, after:2026-10-01.',
            "example": 'barrel "rain water" from:@anna',
        },
    )
    conversation_id = fields.UUID(load_default=None, metadata={"description": "Only in this conversation."})
    author = text(80, load_default=None, metadata={"description": "A user id, a name, or `me`.", "example": "@anna"})
    before = fields.Date(
        load_default=None, metadata={"description": "Written before this day (UTC).", "example": "2026-11-01"}
    )
    after_date = fields.Date(
        load_default=None, metadata={"description": "Written on this day (UTC) or later.", "example": "2026-10-01"}
    )
    has = fields.String(load_default=None, validate=validate.OneOf(["code"]))
    from_ = fields.String(
        data_key="from", load_default=None, validate=validate.OneOf(["assistant"]),
        metadata={"description": "Only answers of assistants."},
    )  # fmt: skip
    after = text(20, load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class Piece(Schema):
    """A piece of a fragment."""

    text = fields.String(required=True)
    hit = fields.Boolean(required=True, metadata={"description": "What was searched for; to be marked."})


class FoundConversation(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)


class FoundThread(Schema):
    root_id = fields.UUID(required=True)
    title = fields.String(allow_none=True, required=True)
    excerpt = fields.String(
        allow_none=True, required=True, metadata={"description": "Its first message; null when deleted."}
    )


class FoundMessage(Message):
    """A message and where it is."""

    conversation = fields.Nested(FoundConversation, required=True)
    thread = fields.Nested(FoundThread, required=True)
    highlight = fields.List(
        fields.Nested(Piece), required=True, metadata={"description": "The text around the first hit, plain."}
    )


found_page = page_of(FoundMessage)
