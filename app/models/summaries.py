"""What readers missed, told by a model to each of them alone."""

from typing import Any

from app.models import db


def request(actor: str, conversation: str, root: str | None, after: int | None) -> dict[str, Any]:
    return db.write("summary_request", actor, conversation, root, after)


def get(actor: str, conversation: str, root: str | None) -> dict[str, Any]:
    return db.read("summary_get", actor, conversation, root)


def begin(lease: str) -> dict[str, Any] | None:
    """What the summary is made of; None when nobody waits for it any more, and the job is gone."""
    return db.write("summary_begin", lease)


def write(lease: str, content: str) -> bool:
    """The text so far; False when the lease is lost."""
    return db.write("summary_write", lease, content)


def finish(lease: str, content: str, first: int, error: dict[str, Any] | None) -> bool:
    return db.write("summary_finish", lease, content, first, error)


def prune() -> int:
    return db.read("summary_prune")
