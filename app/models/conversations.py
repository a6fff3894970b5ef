from typing import Any

from psycopg2.extras import Json

from app.models import db


def create(
    actor: str, kind: str, title: str | None, members: list[str], client_id: str | None, assistant: str | None = None
) -> dict[str, Any]:
    return db.write("conversation_create", actor, kind, title, db.uuids(members), client_id, assistant)


def page(actor: str, after: str | None, limit: int, archived: bool = False) -> dict[str, Any]:
    return db.read("conversation_list", actor, after, limit, archived)


def get(actor: str, conversation: str) -> dict[str, Any]:
    return db.read("conversation_get", actor, conversation)


def update(
    actor: str, conversation: str, title: str | None, archived: bool | None, steering: dict[str, Any] | None = None
) -> dict[str, Any]:
    """`steering`: `assistant_id` and `instructions`; what is not in it stays."""
    return db.write("conversation_update", actor, conversation, title, archived, Json(steering or {}))


def choices(actor: str, conversation: str | None) -> dict[str, Any]:
    """`{models, assistants}`: what can be asked, and who, in a conversation or in a new one."""
    return db.read("conversation_choices", actor, conversation)
