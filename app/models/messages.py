from typing import Any

from app.models import db


def post(
    actor: str, conversation: str | None, parent: str | None, content: str, client_id: str | None, mentions: list[str],
    is_limited: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """`is_limited`: charge it to the profile `conversation.post`."""
    return db.write("message_post", actor, conversation, parent, content, client_id, mentions, is_limited)


def get(actor: str, message: str) -> dict[str, Any]:
    return db.read("message_get", actor, message)


def chunks(actor: str, message: str, start: int, limit: int) -> list[dict[str, Any]]:
    return db.read("message_chunks", actor, message, start, limit)


def cancel(actor: str, message: str) -> dict[str, Any]:
    return db.write("message_cancel", actor, message)


def regenerate(actor: str, message: str) -> dict[str, Any]:
    return db.write("message_regenerate", actor, message)
