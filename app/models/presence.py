from typing import Any

from app.models import db


def heartbeat(actor: str, client: str, status: str, away_seconds: int, most_members: int) -> dict[str, Any]:
    return db.write("presence_heartbeat", actor, client, status, away_seconds, most_members)


def place(name: str, came: list[str], left: dict[str, float], most_members: int) -> None:
    """What a web process has to say: it lives, these came, these left so many seconds ago."""
    db.write("presence_place", name, db.uuids(came), left, most_members)


def decay(away_seconds: int, offline_seconds: int, most_members: int) -> int:
    """Mark those who fell silent; answers how many that were (500 at most)."""
    return db.write("presence_decay", away_seconds, offline_seconds, most_members)


def of(actor: str, users: list[str]) -> list[dict[str, Any]]:
    return db.read("presence_of", actor, db.uuids(users))


def page(actor: str, conversation: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("presence_page", actor, conversation, after, limit)


def typing(actor: str, conversation: str, root: str | None, seconds: int, most_members: int) -> dict[str, Any]:
    return db.write("typing_tell", actor, conversation, root, seconds, most_members)
