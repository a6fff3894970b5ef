from typing import Any

from app.models import db


def register(
    username: str, email: str, password_hash: str, invite: bytes | None, verify: bytes | None, verify_seconds: int
) -> dict[str, Any]:
    """`{user, waits, taken}`."""
    return db.write("user_register", username, email, password_hash, invite, verify, verify_seconds)


def change_email(actor: str, email: str, verify: bytes | None, seconds: int) -> dict[str, Any]:
    """`{user, email, taken, before}`."""
    return db.read("email_change", actor, email, verify, seconds)


def ask_email(actor: str, verify: bytes, seconds: int) -> dict[str, Any]:
    """`{user, email, taken}`."""
    return db.read("email_ask", actor, verify, seconds)


def verify_email(token: bytes) -> dict[str, Any]:
    return db.read("email_verify", token)


def set_password(actor: str, old_hash: str | None, new_hash: str, keep: str | None, revoke_keys: bool = False) -> int:
    return db.write("password_set", actor, old_hash, new_hash, keep, revoke_keys)


def forget_password(login: str, token: bytes, seconds: int) -> dict[str, Any] | None:
    return db.read("password_forget", login, token, seconds)


def reset_password(token: bytes, new_hash: str) -> dict[str, Any]:
    return db.write("password_reset", token, new_hash)


def update(
    actor: str, display_name: str | None, locale: str | None, time_zone: str | None, theme: str | None
) -> dict[str, Any]:
    return db.read("user_update", actor, display_name, locale, time_zone, theme)


def peek(token: bytes, purpose: str) -> dict[str, Any] | None:
    """`{email, role, username, expires_at}` of a token that can still be used."""
    return db.read("token_peek", token, purpose)


def prune() -> int:
    return db.read("token_prune")
