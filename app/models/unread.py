from typing import Any

from app.models import db


def get(actor: str, conversation: str) -> dict[str, Any]:
    return db.read("unread_get", actor, conversation)


def read_thread(actor: str, root: str, message: str | None) -> dict[str, Any]:
    return db.write("thread_read", actor, root, message)


def read_conversation(actor: str, conversation: str) -> dict[str, Any]:
    return db.write("conversation_read", actor, conversation)
