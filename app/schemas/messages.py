from marshmallow import Schema, fields, validate

from app.schemas.fields import text, time
from app.schemas.tool_calls import ToolCall
from app.schemas.users import UserCard


class Siblings(Schema):
    index = fields.Integer(required=True)
    count = fields.Integer(required=True)


class Mentioned(Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True, metadata={"example": "bob"})
    display_name = fields.String(required=True, metadata={"example": "Bob"})


class Context(Schema):
    """What of the thread the model was given."""

    given = fields.Integer(required=True, metadata={"description": "Messages that it read.", "example": 30})
    dropped = fields.Integer(
        required=True, metadata={"description": "Older ones that found no room in it.", "example": 12}
    )
    cut = fields.Boolean(metadata={"description": "The question itself lost its middle."})


class Queue(Schema):
    place = fields.Integer(required=True, metadata={"description": "In the queue of its model, from 1.", "example": 3})


class Message(Schema):
    id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    parent_id = fields.UUID(allow_none=True, required=True)
    depth = fields.Integer(required=True)
    seq = fields.Integer(required=True, metadata={"description": "Chronological order in the conversation."})
    author = fields.Nested(UserCard, required=True)
    role = fields.String(required=True, validate=validate.OneOf(["user", "assistant", "system", "tool"]))
    content = fields.String(allow_none=True, required=True, metadata={"description": "Markdown; null when deleted."})
    status = fields.String(required=True, validate=validate.OneOf(["complete", "streaming", "interrupted", "failed"]))
    mentions = fields.List(
        fields.Nested(Mentioned), required=True, metadata={"description": "Who is mentioned by name, assistants too."}
    )
    mentions_all = fields.Boolean(required=True, metadata={"description": "`@all`: everybody in the conversation."})
    client_id = fields.UUID(allow_none=True, required=True)
    siblings = fields.Nested(Siblings, required=True)
    finish_reason = fields.String(allow_none=True, required=True)
    model = fields.String(allow_none=True, required=True)
    usage = fields.Dict(allow_none=True, required=True)
    error = fields.Dict(allow_none=True, required=True)
    created_at = time(required=True)
    edited_at = time(allow_none=True, required=True)
    deleted_at = time(allow_none=True, required=True)
    deleted_by = fields.UUID(
        allow_none=True, required=True, metadata={"description": "Who may restore it; null when it is gone for good."}
    )
    requested_by = fields.UUID(allow_none=True, required=True, metadata={"description": "Who asked for this answer."})
    context = fields.Nested(
        Context, metadata={"description": "Of an answer whose model could not read everything: what it was given."}
    )
    model_id = fields.UUID(metadata={"description": "The model that an answer was asked of, while it is in the list."})
    model_name = fields.String(metadata={"description": "What that model is called here.", "example": "local"})
    comparison_id = fields.UUID(
        metadata={"description": "Answers with the same one are shown beside each other, until one of them is kept."}
    )
    version_of = fields.UUID(
        metadata={"description": "Of the first message of a thread: the one of another thread that it is a version of."}
    )
    tool_calls = fields.List(
        fields.Nested(ToolCall),
        metadata={"description": "Of an answer for which the model called tools; in their order."},
    )
    queue = fields.Nested(Queue, metadata={"description": "Only while the answer waits for its turn."})


class Posted(Message):
    """The message that was posted."""

    message_id = fields.Function(
        lambda message: message["id"], metadata={"type": "string", "format": "uuid", "description": "The same as `id`."}
    )


class NewMessage(Schema):
    content = text(65_536, 1, required=True, metadata={"description": "Markdown.", "example": "Hello, **world**!"})
    client_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Makes a retry harmless."})
    model_ids = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(max=4),
        metadata={"description": "One: this model answers. Two to four: their answers are compared."},
    )  # fmt: skip


def _model() -> fields.UUID:
    return fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Another model than the assistant's own."}
    )


def _assistant() -> fields.UUID:
    return fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Another assistant of the conversation."}
    )


class Again(Schema):
    """Who answers this time; nothing: as before."""

    model_id = _model()
    assistant_id = _assistant()


class GoOn(Schema):
    model_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Another model than the one that began."}
    )


class Branch(Schema):
    content = text(65_536, 1, required=True, metadata={"description": "Markdown.", "example": "And in winter?"})
    client_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Makes a retry harmless."})
    model_id = _model()


class Compare(Schema):
    model_ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(2, 4),
        metadata={
            "description": "Two to four; the same one twice gives two answers of it.",
            "example": ["019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"],
        },
    )  # fmt: skip
    assistant_id = _assistant()


class Comparison(Schema):
    """Answers that grow side by side."""

    comparison_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    question_id = fields.UUID(required=True)
    items = fields.List(fields.Nested(Message), required=True)


class ChunkQuery(Schema):
    from_ = fields.Integer(data_key="from", load_default=0, validate=validate.Range(0, 2_000_000_000))
    limit = fields.Integer(load_default=500, validate=validate.Range(1, 2000))


class Chunk(Schema):
    message_id = fields.UUID(required=True)
    idx = fields.Integer(required=True)
    content = fields.String(required=True)


class ChunkList(Schema):
    items = fields.List(fields.Nested(Chunk), required=True)


class Edit(Schema):
    content = text(65_536, 1, required=True, metadata={"description": "Markdown.", "example": "Hello, *everybody*!"})


class Version(Schema):
    """A text that a message had before."""

    n = fields.Integer(required=True, metadata={"description": "1 is the first text.", "example": 1})
    content = fields.String(required=True, metadata={"description": "Markdown.", "example": "Hello, world!"})
    written_at = time(required=True)
    edited_at = time(required=True)


class History(Schema):
    items = fields.List(
        fields.Nested(Version), required=True, metadata={"description": "The oldest first; empty when it is deleted."}
    )


class Choice(Schema):
    step = fields.Integer(
        load_default=0, validate=validate.Range(-1_000_000, 1_000_000),
        metadata={"description": "1 is the next sibling of the message, -1 the one before it.", "example": 0},
    )  # fmt: skip


class Selection(Schema):
    conversation_id = fields.UUID(required=True)
    root_id = fields.UUID(required=True)
    message_id = fields.UUID(required=True, metadata={"description": "The message, or its sibling."})
    leaf_id = fields.UUID(required=True, metadata={"description": "The message at the end of the branch."})
