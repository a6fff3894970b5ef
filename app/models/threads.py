from typing import Any

from app.models import db


def page(actor: str, conversation: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("thread_list", actor, conversation, after, limit)


def tree(actor: str, root: str, after: int | None, before: int | None, limit: int) -> dict[str, Any]:
    return db.read("thread_tree", actor, root, after, before, limit)
