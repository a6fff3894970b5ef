from marshmallow import Schema, fields

from app.schemas.threads import Thread

_MENTIONS = "Those of them that name you, or everybody."
_SEQ = "Number of the newest event of the conversation that the counts know of; a message with a larger one came later."


def unread_count() -> fields.Integer:
    """Messages of others that are not read, not counting deleted ones."""
    return fields.Integer(
        required=True, metadata={"description": "Messages of others that you have not read.", "example": 3}
    )


def mention_count() -> fields.Integer:
    """Those of them that name the reader."""
    return fields.Integer(required=True, metadata={"description": _MENTIONS, "example": 1})


def draft_flag() -> fields.Boolean:
    """Something is typed and not sent."""
    return fields.Boolean(required=True, metadata={"description": "You typed something there and did not send it."})


class ListedThread(Thread):
    unread = unread_count()
    mentions = mention_count()
    has_draft = draft_flag()


class Counted(Schema):
    """What a conversation's place in a list says to its reader."""

    unread = unread_count()
    mentions = mention_count()
    seq = fields.Integer(required=True, metadata={"description": _SEQ, "example": 42})
    has_draft = draft_flag()


class UnreadThread(Schema):
    root_id = fields.UUID(required=True)
    unread = unread_count()
    mentions = mention_count()


class Unread(Counted):
    conversation_id = fields.UUID(required=True)
    threads = fields.List(
        fields.Nested(UnreadThread), required=True, metadata={"description": "Threads with something unread."}
    )


class ThreadRead(Schema):
    message_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The last message that was read; without it the thread is read to its end."},
    )


class ReadMark(Schema):
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Null: all threads."})
    unread = unread_count()
    mentions = mention_count()
    conversation_unread = fields.Integer(
        required=True, metadata={"description": "`unread` of the whole conversation.", "example": 5}
    )
    conversation_mentions = fields.Integer(
        required=True, metadata={"description": "`mentions` of the whole conversation.", "example": 1}
    )
    seq = fields.Integer(required=True, metadata={"description": _SEQ, "example": 42})
