from collections.abc import Iterable
from typing import Any

from app.models import db


def publish() -> str | None:
    """Number, log and notify what waits in the outbox (500 at most); answers what was notified, a line for each event."""
    return db.read("bus_publish")


def head() -> dict[str, Any]:
    """`{epoch, pos, pruned_pos}` of the log."""
    return db.read("bus_head")


def log_after(pos: int, limit: int) -> list[dict[str, Any]]:
    return db.read("bus_read", pos, limit)


def pieces(message: str, start: int, end: int) -> list[dict[str, Any]]:
    return db.read("bus_pieces", message, start, end)


def open_stream(
    actor: str,
    conversation: str | None,
    epoch: str | None,
    since: int | None,
    most: int,
    credential: str | None = None,
    most_members: int = 0,
) -> dict[str, Any]:
    """What a connecting stream needs, as of one moment: `{alive, epoch, pos, topics, resync, events, growing, presence,
    model}`. `alive`: the session or key `credential` has not ended."""
    return db.read("stream_open", actor, conversation, epoch, since, most, credential, most_members)


def growing(actor: str, ids: Iterable[str]) -> list[dict[str, Any]]:
    """`{conversation_id, root_id, message_id, content, next_idx}` of those of these answers that still grow."""
    return db.read("stream_growing", actor, db.uuids(ids))


def prune(hours: int, most: int, batch: int) -> int:
    """Forget what is older than that, or more than `most` on its topic; answers how many rows went."""
    return db.read("event_prune", hours, most, batch)
