from marshmallow import Schema, fields, validate

from app.schemas.fields import text, time
from app.schemas.users import UserCard

NAME = {"description": "Small letters, digits, `-` and `_`.", "example": "clock"}
URL = {"description": "Where it speaks MCP over streamable HTTP.", "example": "https://tools.example.org/mcp"}
SECRETS = {
    "description": "Headers that go with every request. Stored encrypted and never told again; they replace what was there.",
    "example": {"Authorization": "Bearer 1234"},
}
SECONDS = {"description": "How long a call may take.", "example": 60}
BYTES = {"description": "How much of an output is taken; the rest is cut off.", "example": 16384}
NEEDS = {"description": "A person has to allow each call."}


class Tool(Schema):
    """A tool, as its server described it when it was last asked."""

    name = fields.String(required=True, metadata={"example": "current_time"})
    description = fields.String(required=True, metadata={"example": "The time in a time zone."})
    input_schema = fields.Dict(
        required=True, metadata={"description": "JSON Schema of the arguments.", "example": {"type": "object"}}
    )
    is_allowed = fields.Boolean(required=True)
    needs_approval = fields.Boolean(required=True, metadata=NEEDS)


class ToolGrant(Schema):
    assistant = fields.Nested(UserCard, required=True)
    tools = fields.List(
        fields.String(),
        allow_none=True,
        required=True,
        metadata={"description": "null: all that are allowed.", "example": ["current_time"]},
    )


class ToolServer(Schema):
    """A server of tools. Its secrets are only named."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata=NAME)
    transport = fields.String(
        required=True, validate=validate.OneOf(["stdio", "http"]),
        metadata={"description": "`stdio`: a program of this machine, which only the operator sets up."},
    )  # fmt: skip
    command = fields.List(
        fields.String(), required=True,
        metadata={"description": "The program and its arguments; of `stdio`.", "example": ["/opt/tools/clock"]},
    )  # fmt: skip
    url = fields.String(required=True, metadata=URL)
    secret_names = fields.List(fields.String(), required=True, metadata={"example": ["Authorization"]})
    call_seconds = fields.Float(required=True, metadata=SECONDS)
    output_bytes = fields.Integer(required=True, metadata=BYTES)
    is_enabled = fields.Boolean(required=True)
    listed_at = time(allow_none=True, required=True)
    error = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "Why it did not answer when it was last asked.", "example": None},
    )
    tools = fields.List(fields.Nested(Tool), required=True)
    assistants = fields.List(fields.Nested(ToolGrant), required=True)


class ToolServerList(Schema):
    items = fields.List(fields.Nested(ToolServer), required=True)


class ToolServerChange(Schema):
    """What is left out stays as it is."""

    name = text(32, 1, metadata=NAME)
    url = text(2000, 1, metadata=URL)
    secrets = fields.Dict(keys=text(128, 1), values=text(8192), metadata=SECRETS)
    call_seconds = fields.Float(validate=validate.Range(1, 3600), metadata=SECONDS)
    output_bytes = fields.Integer(validate=validate.Range(256, 262_144), metadata=BYTES)
    is_enabled = fields.Boolean()


class NewToolServer(Schema):
    name = text(32, 1, required=True, metadata=NAME)
    url = text(2000, 1, required=True, metadata=URL)
    secrets = fields.Dict(keys=text(128, 1), values=text(8192), metadata=SECRETS)
    call_seconds = fields.Float(validate=validate.Range(1, 3600), metadata=SECONDS)
    output_bytes = fields.Integer(validate=validate.Range(256, 262_144), metadata=BYTES)


class ToolSetting(Schema):
    name = text(128, 1, required=True, metadata={"description": "The tool.", "example": "current_time"})
    is_allowed = fields.Boolean(load_default=None, allow_none=True)
    needs_approval = fields.Boolean(load_default=None, allow_none=True, metadata=NEEDS)


class NewToolGrant(Schema):
    tools = fields.List(
        text(128, 1), load_default=None, allow_none=True, validate=validate.Length(max=200),
        metadata={"description": "null: all that are allowed.", "example": ["current_time"]},
    )  # fmt: skip
