from collections.abc import Sequence
from typing import Any

from app.models import db


def post(
    actor: str, conversation: str | None, parent: str | None, content: str, client_id: str | None, mentions: list[str],
    is_limited: bool = False, mentions_all: bool = False, models: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """`is_limited`: charge it to the profile `conversation.post`; `models`: to ask one, or to compare several."""
    given = (content, client_id, mentions, is_limited, mentions_all, db.uuids(models))
    return db.write("message_post", actor, conversation, parent, *given)


def branch(
    actor: str, message: str, content: str, client_id: str | None = None, mentions: Sequence[str] = (),
    mentions_all: bool = False, is_limited: bool = False, model: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    given = (content, client_id, list(mentions), mentions_all, is_limited, model)
    return db.write("message_branch", actor, message, *given)


def compare(actor: str, message: str, models: Sequence[str], assistant: str | None = None) -> dict[str, Any]:
    return db.write("message_compare", actor, message, db.uuids(models), assistant)


def keep(actor: str, message: str) -> dict[str, Any]:
    """`{message, growing}`: the ids of those that need not be written to their end any more."""
    return db.write("message_keep", actor, message)


def edit(
    actor: str, message: str, content: str, mentions: list[str], mentions_all: bool, is_limited: bool
) -> dict[str, Any]:
    return db.write("message_edit", actor, message, content, mentions, mentions_all, is_limited)


def history(actor: str, message: str) -> list[dict[str, Any]]:
    return db.read("message_history", actor, message)


def delete(actor: str, message: str) -> dict[str, Any]:
    return db.write("message_delete", actor, message)


def restore(actor: str, message: str, days: int) -> dict[str, Any]:
    return db.write("message_restore", actor, message, days)


def purge(days: int, batch: int) -> int:
    """Empty for good what was deleted longer ago; answers how many."""
    return db.read("message_purge", days, batch)


def select(actor: str, message: str, step: int = 0) -> dict[str, str]:
    return db.read("message_select", actor, message, step)


def get(actor: str, message: str) -> dict[str, Any]:
    return db.read("message_get", actor, message)


def chunks(actor: str, message: str, start: int, limit: int) -> list[dict[str, Any]]:
    return db.read("message_chunks", actor, message, start, limit)


def cancel(actor: str, message: str) -> dict[str, Any]:
    return db.write("message_cancel", actor, message)


def regenerate(actor: str, message: str, model: str | None = None, assistant: str | None = None) -> dict[str, Any]:
    return db.write("message_regenerate", actor, message, model, assistant)


def go_on(actor: str, message: str, model: str | None = None) -> dict[str, Any]:
    return db.write("message_continue", actor, message, model)
