"""OpenAI's shapes, as far as /v1 speaks them. What a request has besides is told in `warnings` and not passed on."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from app.schemas.openai_turns import Flag, Number, Place, Stop, Turns, Whole


def _maybe(field: type[fields.Field], *args: Any, **more: Any) -> Any:
    return field(*args, allow_none=True, **more)


class StreamOptions(Schema):
    class Meta:
        unknown = INCLUDE

    include_usage = Flag(metadata={"description": "A last chunk without choices tells `usage`."})


class CompletionMetadata(Schema):
    class Meta:
        unknown = INCLUDE

    palaver = Place(
        metadata={
            "description": "Ask in a thread: `{conversation_id, parent_message_id?}`, as an object or as its JSON text. Without"
            " a parent a thread begins.",
            "example": {"conversation_id": "019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "parent_message_id": None},
        }
    )


class CompletionRequest(Schema):
    class Meta:
        unknown = INCLUDE

    model = fields.String(
        required=True, validate=validate.Length(1, 256),
        metadata={"description": "The `id` of one of GET /v1/models: a model's name, or an assistant's user name."},
    )  # fmt: skip
    messages = Turns(
        required=True,
        metadata={
            "description": "1 to 2,048 turns: `{role, content}` with the roles system, developer, user, assistant and tool.",
            "example": [{"role": "user", "content": "When do we plant the tomatoes?"}],
        },
    )
    max_tokens = _maybe(Whole, validate=validate.Range(1, 10_000_000), metadata={"example": 256})
    max_completion_tokens = _maybe(Whole, validate=validate.Range(1, 10_000_000), metadata={"example": 256})
    temperature = _maybe(Number, validate=validate.Range(0, 2), metadata={"example": 0.7})
    top_p = _maybe(Number, validate=validate.Range(0, 1), metadata={"example": 1.0})
    stop = _maybe(Stop, metadata={"description": "One text, or up to four.", "example": ["END"]})
    n = _maybe(Whole, validate=validate.Equal(1, error="Only one answer at a time is possible."))
    seed = _maybe(Whole, validate=validate.Range(-(2**63), 2**63 - 1))
    presence_penalty = _maybe(Number, validate=validate.Range(-2, 2), metadata={"example": 0.0})
    frequency_penalty = _maybe(Number, validate=validate.Range(-2, 2), metadata={"example": 0.0})
    logit_bias = _maybe(fields.Dict, keys=fields.String(), values=Number(), metadata={"example": {"50256": -100}})
    logprobs = _maybe(Flag, metadata={"example": False})
    top_logprobs = _maybe(Whole, validate=validate.Range(0, 20))
    stream = _maybe(Flag, metadata={"example": False})
    stream_options = _maybe(fields.Nested, StreamOptions)
    tools = _maybe(
        fields.List, fields.Dict(), validate=validate.Length(max=128),
        metadata={"example": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]},
    )  # fmt: skip
    tool_choice = _maybe(fields.Raw, metadata={"description": "none, auto, required, or a tool.", "example": "auto"})
    parallel_tool_calls = _maybe(Flag, metadata={"example": True})
    response_format = _maybe(fields.Dict, metadata={"example": {"type": "json_object"}})
    reasoning_effort = _maybe(fields.String, validate=validate.Length(max=32), metadata={"example": "low"})
    metadata = _maybe(fields.Nested, CompletionMetadata)


class ModelCard(Schema):
    id = fields.String(required=True, metadata={"example": "local"})
    object = fields.String(required=True, metadata={"example": "model"})
    created = fields.Integer(required=True, metadata={"example": 1_763_600_000})
    owned_by = fields.String(
        required=True,
        metadata={"description": "The server of models; `assistant` for an assistant.", "example": "local"},
    )


class ModelCards(Schema):
    object = fields.String(required=True, metadata={"example": "list"})
    data = fields.List(fields.Nested(ModelCard), required=True)


class CompletionMessage(Schema):
    class Meta:
        unknown = INCLUDE

    role = fields.String(required=True, metadata={"example": "assistant"})
    content = fields.String(allow_none=True, metadata={"example": "In May."})
    tool_calls = fields.List(fields.Dict(), metadata={"example": []})


class CompletionChoice(Schema):
    index = fields.Integer(required=True, metadata={"example": 0})
    message = fields.Nested(CompletionMessage, required=True)
    finish_reason = fields.String(required=True, metadata={"example": "stop"})


class CompletionUsage(Schema):
    prompt_tokens = fields.Integer(required=True, metadata={"example": 12})
    completion_tokens = fields.Integer(required=True, metadata={"example": 3})
    total_tokens = fields.Integer(required=True, metadata={"example": 15})


class Completion(Schema):
    """OpenAI's chat.completion. With `stream` the same comes as chunks (chat.completion.chunk) of Server-Sent Events."""

    id = fields.String(required=True, metadata={"example": "chatcmpl-019aa1b27c3d7e4f8a5b6c7d8e9f0a1b"})
    object = fields.String(required=True, metadata={"example": "chat.completion"})
    created = fields.Integer(required=True, metadata={"example": 1_763_600_000})
    model = fields.String(required=True)
    choices = fields.List(fields.Nested(CompletionChoice), required=True)
    usage = fields.Nested(CompletionUsage)
    warnings = fields.List(
        fields.String(),
        metadata={"description": "What of the request was ignored; not there when nothing was.", "example": []},
    )
    metadata = fields.Dict(
        metadata={
            "description": "`palaver`: where the question and the answer are, for a request that named a place.",
            "example": {},
        }
    )


class OpenAIError(Schema):
    message = fields.String(required=True, metadata={"example": "The model `gpt-9` does not exist."})
    type = fields.String(required=True, metadata={"example": "invalid_request_error"})
    param = fields.String(allow_none=True, required=True, metadata={"example": "model"})
    code = fields.String(allow_none=True, required=True, metadata={"example": "model_not_found"})


class OpenAIRefusal(Schema):
    """How everything below /v1 refuses."""

    error = fields.Nested(OpenAIError, required=True)
