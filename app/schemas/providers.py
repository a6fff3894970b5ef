from typing import Any

from marshmallow import Schema, fields, validate

from app.core.model_facts import ALL_KINDS, KINDS
from app.schemas.fields import text, time

KIND = {"description": "`local` is the model of this machine, or what `llm.base_url` names.", "example": "ollama"}
URL = {"description": "With its /v1, if it has one.", "example": "http://127.0.0.1:11434/v1"}
KEY = {"description": "Stored encrypted and never told again; an empty one takes it away.", "example": "sk-1234"}
AT_ONCE = {
    "description": "Answers that it writes at once; null: 2 for the model of this machine, 100 elsewhere.",
    "example": 8,
}
FIRST = {"description": "An answer that has not begun by then ends; null: as the configuration says.", "example": 60}
WHOLE = {"description": "An answer that is not finished by then ends; null: as the configuration says.", "example": 600}


def _limits(required: bool = False) -> dict[str, fields.Field]:
    more: Any = {"allow_none": True, "required": required}
    return {
        "max_concurrent": fields.Integer(validate=validate.Range(1, 10_000), metadata=AT_ONCE, **more),
        "first_piece_seconds": fields.Float(validate=validate.Range(1, 3600), metadata=FIRST, **more),
        "answer_seconds": fields.Float(validate=validate.Range(1, 86_400), metadata=WHOLE, **more),
    }


class Provider(Schema.from_dict(_limits(required=True))):  # type: ignore[misc]
    """A server of models. Its key is never told."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "Attic"})
    kind = fields.String(required=True, validate=validate.OneOf(list(ALL_KINDS)), metadata=KIND)
    base_url = fields.String(required=True, metadata=URL)
    has_key = fields.Boolean(required=True)
    key_is_readable = fields.Boolean(
        required=True, metadata={"description": "False: the keys of this installation have changed; enter it again."}
    )
    model_count = fields.Integer(required=True, metadata={"example": 2})
    created_at = time(required=True)
    updated_at = time(required=True)
    disabled_at = time(allow_none=True, required=True)


class ProviderList(Schema):
    items = fields.List(fields.Nested(Provider), required=True)


class NewProvider(Schema.from_dict(_limits())):  # type: ignore[misc]
    name = text(64, 1, required=True, metadata={"example": "Attic"})
    kind = fields.String(load_default="openai", validate=validate.OneOf(list(KINDS)))
    base_url = text(2000, 1, required=True, metadata=URL)
    api_key = text(4096, load_default=None, allow_none=True, metadata=KEY)


class ProviderChange(Schema.from_dict(_limits())):  # type: ignore[misc]
    """What is left out stays as it is."""

    name = text(64, 1, metadata={"example": "Attic"})
    kind = fields.String(validate=validate.OneOf(list(KINDS)))
    base_url = text(2000, 1, metadata=URL)
    api_key = text(4096, metadata=KEY)
    disabled = fields.Boolean(metadata={"description": "Disabled: none of its models is asked."})


class FoundModel(Schema):
    name = fields.String(required=True, metadata={"description": "As the server calls it.", "example": "qwen3:8b"})
    context_tokens = fields.Integer(allow_none=True, required=True, metadata={"example": 8192})
    capabilities = fields.List(fields.String(), required=True, metadata={"example": ["tools"]})
    is_added = fields.Boolean(required=True, metadata={"description": "Is it one of this server's models here?"})


class Examination(Schema):
    """What a server said when it was asked for its models, and one of them for one token."""

    is_ok = fields.Boolean(required=True)
    problem = fields.String(
        required=True, metadata={"description": "What is wrong and what to do; empty when it is ok.", "example": ""}
    )
    suggestion = fields.String(
        required=True, metadata={"description": "An address that does answer, if one was found.", "example": ""}
    )
    kind = fields.String(required=True, validate=validate.OneOf(list(ALL_KINDS)))
    version = fields.String(required=True, metadata={"example": "0.12.3"})
    models = fields.List(fields.Nested(FoundModel), required=True)
    list_seconds = fields.Float(allow_none=True, required=True, metadata={"example": 0.02})
    asked = fields.String(
        required=True, metadata={"description": "The model that was asked for a token.", "example": "qwen3:8b"}
    )
    answer_seconds = fields.Float(allow_none=True, required=True, metadata={"example": 0.4})


class ToExamine(Schema):
    model = text(
        256,
        load_default="",
        metadata={"description": "Which model to ask, as the server calls it.", "example": "qwen3:8b"},
    )


class FellBack(Schema):
    assistants = fields.List(
        fields.String(), required=True,
        metadata={"description": "User names of the assistants that ask the default model from now on.", "example": ["poet"]},
    )  # fmt: skip
