from typing import Any

from app.models import db


def create(actor: str, conversation: str, token: bytes, email: str | None, role: str, seconds: int) -> dict[str, Any]:
    return db.read("conversation_invite_create", actor, conversation, token, email, role, seconds)


def page(actor: str, conversation: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("conversation_invite_page", actor, conversation, after, limit)


def peek(actor: str | None, token: bytes) -> dict[str, Any] | None:
    return db.read("conversation_invite_peek", actor, token)


def accept(actor: str, token: bytes) -> dict[str, Any]:
    return db.write("conversation_invite_accept", actor, token)


def revoke(actor: str, invite: str | None, token: bytes | None) -> dict[str, Any]:
    return db.read("conversation_invite_revoke", actor, invite, token)
