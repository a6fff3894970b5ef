from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from app.schemas.fields import text, time
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
    version_of = fields.UUID(
        metadata={
            "description": "The thread whose first question this one asks in other words; only there when it does."
        }
    )


def _is_branch(value: str) -> None:
    try:
        UUID(value if value != "selected" else "00000000-0000-0000-0000-000000000000")
    except ValueError:
        raise ValidationError('Give "selected" or the id of a message.') from None


class Title(Schema):
    title = text(
        200, required=True, allow_none=True, metadata={"description": "Null takes it away.", "example": "Roses"}
    )


_PLACE = validate.Range(0, 2**62)


class TreeQuery(Schema):
    after = fields.Integer(load_default=None, validate=_PLACE, metadata={"description": "`next` of the page before."})
    before = fields.Integer(
        load_default=None, validate=_PLACE, metadata={"description": "`previous`: the page that ends before it."}
    )
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))
    branch = fields.String(
        load_default=None,
        validate=_is_branch,
        metadata={
            "description": "`selected`: only the branch that the caller looks at; the id of a message: only the branch"
            " that leads through it. Without it the whole thread.",
            "example": "selected",
        },
    )


class Tree(Schema):
    """Messages in chronological order; the tree is in their `parent_id`s."""

    root_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    thread = fields.Nested(Thread, required=True)
    selected_leaf_id = fields.UUID(
        required=True, metadata={"description": "The end of the branch that the caller looks at."}
    )
    read_seq = fields.Integer(
        required=True,
        metadata={"description": "Up to where you have read: messages of others with a larger `seq` are unread."},
    )
    items = fields.List(fields.Nested(Message), required=True)
    next = fields.String(allow_none=True, required=True)
    previous = fields.String(allow_none=True, required=True)
