from typing import Any

from app.models import db


def save(actor: str, place: str, content: str) -> dict[str, Any]:
    return db.read("draft_save", actor, place, content)


def page(actor: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("draft_list", actor, after, limit)


def get(actor: str, place: str) -> str:
    return db.read("draft_get", actor, place)
