"""Requests to /v1 in the queue of the server of models; see app/services/turns.py."""

from __future__ import annotations

from typing import Any

from app.models import db


def claim(jobs: list[str], keep_seconds: int, local: int) -> list[dict[str, Any]]:
    """`[{id, lease, place}]` of those that wait or whose turn it is now; the others have ended."""
    return db.read("completion_claim", db.uuids(jobs), keep_seconds, local)


def keep(jobs: list[str], keep_seconds: int) -> list[str]:
    """Sign of life of those that are being answered; answers those that have ended."""
    return db.read("completion_keep", db.uuids(jobs), keep_seconds)


def end(actor: str, job: str, finish_reason: str, first_ms: int | None = None) -> bool:
    return db.write("completion_end", actor, job, finish_reason, first_ms)


def find(actor: str, name: str) -> dict[str, Any]:
    """`{model_id, assistant_id, name, capabilities, kind}` of what a request calls its model.

    Raises:
        Forbidden: the actor only reads.
        NotFound: nothing that can be asked is called so.
    """
    return db.read("completion_find", actor, name)


def names() -> list[dict[str, Any]]:
    """`[{id, created, owned_by}]`: everything that can be asked."""
    return db.read("completion_models")


def post(
    actor: str, conversation: str | None, parent: str | None, content: str, client_id: str | None, mentions: list[str],
    is_limited: bool, mentions_all: bool, model: str, assistant: str | None,
) -> dict[str, Any]:  # fmt: skip
    """`{message, answer}`: a question in a thread, and the answer that begins to it.

    Raises:
        NotFound, Forbidden, Conflict, RateLimited: as `messages.post`; Conflict also when nobody answers there.
    """
    return db.write("completion_post", actor, conversation, parent, content, client_id, mentions, is_limited,
                    mentions_all, model, assistant)  # fmt: skip


def ask(
    actor: str, name: str, has_images: bool, input_tokens: int, output_tokens: int | None, keep_seconds: int, local: int,
    reserve_seconds: float,
) -> dict[str, Any]:  # fmt: skip
    """`{found, turn, reservation}`: what `find` answers; `{id, lease, place, asked}` with a lease when it is its turn at
    once; what `budgets.reserve` answers. Without `turn` the model cannot look at images.

    Raises:
        NotFound: nothing that can be asked is called so.
        Forbidden, RateLimited: the actor only reads, or a budget is used up. Nothing has happened then.
    """
    return db.read("completion_ask", actor, name, has_images, input_tokens, output_tokens, keep_seconds, local,
                   reserve_seconds)  # fmt: skip
