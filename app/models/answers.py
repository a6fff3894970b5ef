"""Answers being written. Whoever holds a lease may write that answer; nobody else can."""

from typing import Any

from psycopg2.extras import Json

from app.models import db


def claim(limit: int, lease_seconds: int, local: int = 100, context_chars: int | None = None) -> list[dict[str, Any]]:
    """Waiting answers for this process to write; `local` is how many the model of this machine may write at once
    (0: what it can take). With `context_chars` each comes with what it answers, so much of it (see `context`)."""
    return db.read("answer_claim", limit, lease_seconds, local, context_chars)


def context(lease: str, max_chars: int) -> dict[str, Any] | None:
    return db.read("answer_context", lease, max_chars)


def left_out(lease: str, context: dict[str, Any]) -> bool:
    """Say at the answer what of the thread the model could not be given: `{given, dropped, cut?}`."""
    return db.read("answer_left_out", lease, context)


def append(pieces: list[dict[str, Any]]) -> list[str]:
    """Write `[{lease, message_id, idx, content}]`; answers the leases that are lost."""
    return db.read("answer_append", Json(pieces))


def finish(
    lease: str, content: str, reason: str, model: str | None, usage: dict[str, Any] | None, error: dict[str, Any] | None,
    counted: dict[str, int | None] | None = None,
) -> bool:  # fmt: skip
    """`counted`: `{input_tokens, output_tokens}` as we know them, for a server that does not say its `usage`; and
    `first_ms`, from the lease to the first piece."""
    return db.write("answer_finish", lease, content, reason, model, usage, error, counted)


def heartbeat(leases: list[str], lease_seconds: int) -> dict[str, list[str]]:
    """`{"cancelled": leases to stop, "lost": leases that are no longer ours}`."""
    return db.read("answer_heartbeat", db.uuids(leases), lease_seconds)


def release(lease: str) -> bool:
    return db.write("answer_release", lease)


def reap() -> int:
    return db.write("answer_reap")


def tell_places() -> bool:
    """Tell those whose place in the queue has changed; answers whether somebody waits still."""
    if told := db.read("queue_tell"):
        db.after_write()
    return bool(told)


def fold() -> int:
    """Add up how answers ended, for `counts`."""
    return db.read("answer_fold")


def counts() -> dict[str, Any]:
    """How all answers so far ended and how long they took, and what runs and waits now; see app/services/metrics.py."""
    return db.read("answer_counts")
