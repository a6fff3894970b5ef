from typing import Any

from app.models import db


def use(provider: str, issuer: str, subject: str, email: str | None, name: str) -> str | None:
    """The id of the user who has linked it."""
    return db.read("identity_use", provider, issuer, subject, email, name)


def use_state(state_hash: bytes, seconds: int) -> bool:
    return db.read("identity_state_use", state_hash, seconds)


def register(
    provider: str, issuer: str, subject: str, email: str, name: str, username: str, display_name: str | None,
    may: bool, invite_hash: bytes | None,
) -> str:  # fmt: skip
    """The id of the new user."""
    return db.write("identity_register", provider, issuer, subject, email, name, username, display_name, may,
                    invite_hash)  # fmt: skip


def link(actor: str, provider: str, issuer: str, subject: str, email: str | None, name: str) -> list[dict[str, Any]]:
    return db.write("identity_link", actor, provider, issuer, subject, email, name)


def list_of(actor: str) -> list[dict[str, Any]]:
    return db.read("identity_list", actor)


def unlink(actor: str, provider: str, usable: list[str], keep: str) -> list[dict[str, Any]]:
    return db.write("identity_unlink", actor, provider, usable, keep)
