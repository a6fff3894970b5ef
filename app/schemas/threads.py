from marshmallow import Schema, fields, validate

from app.schemas.fields import time
from app.schemas.messages import Message
from app.schemas.users import UserCard


class Thread(Schema):
    root_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    title = fields.String(allow_none=True, required=True)
    root_excerpt = fields.String(allow_none=True, required=True)
    root_author = fields.Nested(UserCard, required=True)
    created_at = time(required=True)
    last_activity_at = time(required=True)
    message_count = fields.Integer(required=True)
    participant_count = fields.Integer(required=True)


_PLACE = validate.Range(0, 2**62)


class TreeQuery(Schema):
    after = fields.Integer(load_default=None, validate=_PLACE, metadata={"description": "`next` of the page before."})
    before = fields.Integer(
        load_default=None, validate=_PLACE, metadata={"description": "`previous`: the page that ends before it."}
    )
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))


class Tree(Schema):
    """Messages in chronological order; the tree is in their `parent_id`s."""

    root_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    thread = fields.Nested(Thread, required=True)
    items = fields.List(fields.Nested(Message), required=True)
    next = fields.String(allow_none=True, required=True)
    previous = fields.String(allow_none=True, required=True)
