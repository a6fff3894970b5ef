from __future__ import annotations

from typing import Any

from app.models import db


def messages(
    actor: str, words: list[str], phrases: list[str], without: list[str], conversation: str | None, title: str | None,
    author: str | None, is_answer: bool, has_code: bool, before: str | None, since: str | None, after: str | None,
    limit: int,
) -> dict[str, Any]:  # fmt: skip
    """`words` may be parts of words, `phrases` are words in this order, `without` is in no result."""
    return db.read("message_search", actor, words, phrases, without, conversation, title, author, is_answer, has_code,
                   before, since, after, limit)  # fmt: skip
