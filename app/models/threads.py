from typing import Any

from app.models import db


def page(actor: str, conversation: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("thread_list", actor, conversation, after, limit)


def tree(
    actor: str, root: str, after: int | None, before: int | None, limit: int,
    is_branch: bool = False, through: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`is_branch`: only the selected branch, or the one that leads through the message `through`."""
    return db.read("thread_tree", actor, root, after, before, limit, is_branch, through)


def rename(actor: str, root: str, title: str | None) -> dict[str, Any]:
    return db.write("thread_rename", actor, root, title)
