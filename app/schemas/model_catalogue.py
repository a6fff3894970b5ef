from marshmallow import Schema, fields, validate

from app.core.model_facts import ALL_KINDS, CAPABILITIES
from app.schemas.fields import text, time

NAME = {"description": "What it is called here, and by `/v1`.", "example": "qwen3-8b"}
REMOTE = {
    "description": "What its server calls it; empty takes the first that the server lists.",
    "example": "qwen3:8b",
}
CONTEXT = {"description": "Prompt and answer together, in tokens; null: the server is asked.", "example": 8192}
PARAMETERS = {
    "description": "Sent with every request: max_tokens, temperature, top_p, stop and what else its server takes.",
    "example": {"temperature": 0.7},
}
PRICE = {"description": "For a million tokens.", "example": 1.5}


class OfferedModel(Schema):
    """A model that everybody may ask."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata=NAME)
    capabilities = fields.List(
        fields.String(validate=validate.OneOf(CAPABILITIES)), required=True, metadata={"example": ["tools"]}
    )
    context_tokens = fields.Integer(allow_none=True, required=True, metadata=CONTEXT)
    is_default = fields.Boolean(
        required=True, metadata={"description": "Asked wherever no other is chosen.", "example": False}
    )
    created_at = time(required=True)


class OfferedModelList(Schema):
    items = fields.List(fields.Nested(OfferedModel), required=True)


class ModelProvider(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "Attic"})
    kind = fields.String(required=True, validate=validate.OneOf(list(ALL_KINDS)))
    disabled_at = time(allow_none=True, required=True)


class Model(OfferedModel):
    """A model as administrators see it."""

    provider = fields.Nested(ModelProvider, required=True)
    remote_name = fields.String(required=True, metadata=REMOTE)
    parameters = fields.Dict(required=True, keys=fields.String(), values=fields.Raw(), metadata=PARAMETERS)
    input_price = fields.Float(required=True, metadata=PRICE)
    output_price = fields.Float(required=True, metadata=PRICE)
    assistants = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "User names of the assistants that ask it.", "example": ["poet"]},
    )
    updated_at = time(required=True)
    disabled_at = time(allow_none=True, required=True)


class ModelList(Schema):
    items = fields.List(fields.Nested(Model), required=True)


class ModelChange(Schema):
    """What is left out stays as it is."""

    name = text(128, 1, metadata=NAME)
    remote_name = text(256, metadata=REMOTE)
    context_tokens = fields.Integer(allow_none=True, validate=validate.Range(256, 100_000_000), metadata=CONTEXT)
    capabilities = fields.List(fields.String(validate=validate.OneOf(CAPABILITIES)), metadata={"example": ["tools"]})
    parameters = fields.Dict(keys=fields.String(), values=fields.Raw(), metadata=PARAMETERS)
    input_price = fields.Float(validate=validate.Range(0, 1_000_000), metadata=PRICE)
    output_price = fields.Float(validate=validate.Range(0, 1_000_000), metadata=PRICE)
    disabled = fields.Boolean(metadata={"description": "Disabled: nobody is offered it, and nothing asks it."})


class NewModel(ModelChange):
    provider_id = fields.UUID(required=True)
    name = text(128, 1, required=True, metadata=NAME)

    class Meta:
        exclude = ("disabled",)
