from typing import Any

from app.models import db


def create(actor: str, kind: str, title: str | None, members: list[str], client_id: str | None) -> dict[str, Any]:
    return db.write("conversation_create", actor, kind, title, db.uuids(members), client_id)


def page(actor: str, after: str | None, limit: int, archived: bool = False) -> dict[str, Any]:
    return db.read("conversation_list", actor, after, limit, archived)


def get(actor: str, conversation: str) -> dict[str, Any]:
    return db.read("conversation_get", actor, conversation)


def update(actor: str, conversation: str, title: str | None, archived: bool | None) -> dict[str, Any]:
    return db.write("conversation_update", actor, conversation, title, archived)
