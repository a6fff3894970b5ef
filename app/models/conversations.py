from typing import Any

from app.models import db


def create(actor: str, kind: str, title: str | None, members: list[str], client_id: str | None) -> dict[str, Any]:
    return db.write("conversation_create", actor, kind, title, db.uuids(members), client_id)


def page(actor: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("conversation_list", actor, after, limit)


def get(actor: str, conversation: str) -> dict[str, Any]:
    return db.read("conversation_get", actor, conversation)
