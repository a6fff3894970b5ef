from typing import Any

from app.models import db


def publish() -> int:
    """Number, log and notify what waits in the outbox; answers how many events that were (500 at most)."""
    return db.read("bus_publish")


def head() -> dict[str, Any]:
    """`{epoch, pos, pruned_pos}` of the log."""
    return db.read("bus_head")


def log_after(pos: int, limit: int) -> list[dict[str, Any]]:
    return db.read("bus_read", pos, limit)


def pieces(message: str, start: int, end: int) -> list[dict[str, Any]]:
    return db.read("bus_pieces", message, start, end)


def open_stream(
    actor: str, conversation: str | None, epoch: str | None, since: int | None, most: int
) -> dict[str, Any]:
    """`{epoch, pos, topics, resync, events, growing}`: what a connecting stream needs, as of one moment."""
    return db.read("stream_open", actor, conversation, epoch, since, most)


def prune(hours: int, batch: int) -> int:
    return db.read("event_prune", hours, batch)
