from marshmallow import Schema, fields, validate

from app.core.model_facts import ANSWERS
from app.schemas.fields import text, time
from app.schemas.users import UserCard

WHEN = {
    "description": "always; mentioned: when its name is; replied: then, and when somebody replies to it; never by itself."
    " A conversation with an assistant asks it in any case but the last.",
}
PICTURE = {"description": "One emoji or two letters; empty: the beginning of its name.", "example": "🪶"}
PROMPT = {
    "description": "What it is told before every conversation; empty: `llm.system_prompt`.",
    "example": "Answer in verse.",
}
MODEL = {"description": "The model that it asks; null: the default one."}


class OfferedAssistant(UserCard):
    """An assistant whom everybody may ask."""

    model = fields.String(
        allow_none=True, required=True, metadata={"description": "Whose answers it gives now.", "example": "qwen3-8b"}
    )
    answers = fields.String(required=True, validate=validate.OneOf(list(ANSWERS)), metadata=WHEN)


class OfferedAssistantList(Schema):
    items = fields.List(fields.Nested(OfferedAssistant), required=True)


class Assistant(UserCard):
    """An assistant as administrators see it."""

    avatar = fields.String(required=True, metadata=PICTURE)
    model_id = fields.UUID(allow_none=True, required=True, metadata=MODEL)
    model = fields.String(
        allow_none=True, required=True, metadata={"description": "The name of that model.", "example": "qwen3-8b"}
    )
    system_prompt = fields.String(required=True, metadata=PROMPT)
    temperature = fields.Float(
        allow_none=True, required=True, metadata={"description": "Null: the model's own.", "example": 0.7}
    )
    answers = fields.String(required=True, validate=validate.OneOf(list(ANSWERS)), metadata=WHEN)
    created_at = time(required=True)
    updated_at = time(required=True)
    disabled_at = time(allow_none=True, required=True)


class AssistantList(Schema):
    items = fields.List(fields.Nested(Assistant), required=True)


class AssistantChange(Schema):
    """What is left out stays as it is."""

    username = text(32, 1, metadata={"description": "What it is mentioned by.", "example": "poet"})
    display_name = text(80, 1, metadata={"example": "The Poet"})
    avatar = text(16, metadata=PICTURE)
    model_id = fields.UUID(allow_none=True, metadata=MODEL)
    system_prompt = text(32_768, metadata=PROMPT)
    temperature = fields.Float(allow_none=True, validate=validate.Range(0, 2), metadata={"example": 0.7})
    answers = fields.String(validate=validate.OneOf(list(ANSWERS)), metadata=WHEN)
    disabled = fields.Boolean(metadata={"description": "Disabled: it is in no list, and answers no more."})


class NewAssistant(AssistantChange):
    username = text(32, 1, required=True, metadata={"description": "What it is mentioned by.", "example": "poet"})

    class Meta:
        exclude = ("disabled",)
