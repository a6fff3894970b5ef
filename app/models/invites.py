from typing import Any

from app.models import db


def create(actor: str, token: bytes, email: str | None, role: str, seconds: int) -> dict[str, Any]:
    return db.read("invite_create", actor, token, email, role, seconds)


def issue(token: bytes, email: str | None, role: str, seconds: int) -> dict[str, Any]:
    """From the command line."""
    return db.read("invite_issue", token, email, role, seconds)


def page(actor: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("invite_page", actor, after, limit)


def revoke(actor: str, invite: str) -> bool:
    return db.read("invite_revoke", actor, invite)
