from typing import Any

from app.models import db


def page(actor: str, conversation: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("member_page", actor, conversation, after, limit)


def add(actor: str, conversation: str, user: str, role: str) -> dict[str, Any]:
    return db.write("member_add", actor, conversation, user, role)


def set_role(actor: str, conversation: str, user: str, role: str) -> dict[str, Any]:
    return db.write("member_set_role", actor, conversation, user, role)


def remove(actor: str, conversation: str, user: str) -> None:
    db.write("member_remove", actor, conversation, user)


def leave(actor: str, conversation: str) -> None:
    db.write("member_leave", actor, conversation)
