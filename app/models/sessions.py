from typing import Any

from app.models import db


def create(
    user: str, token_hash: bytes, user_agent: str, ip: str | None, idle: int, absolute: int, most: int, method: str
) -> dict[str, Any]:
    return db.write("session_create", user, token_hash, user_agent, ip, idle, absolute, most, method)


def load(token_hash: bytes, user_agent: str, ip: str | None, check: bool) -> dict[str, Any] | None:
    """`{user, session, rotate}`, or None when no living session has this token."""
    return db.read("session_load", token_hash, user_agent, ip, check)


def rotate(session: str, old_hash: bytes, new_hash: bytes) -> bool:
    return db.read("session_rotate", session, old_hash, new_hash)


def trust(session: str, user_agent: str, ip: str | None) -> bool:
    return db.read("session_trust", session, user_agent, ip)


def list_of(actor: str, user: str) -> list[dict[str, Any]]:
    return db.read("session_list_of", actor, user)


def end(actor: str, session: str) -> bool:
    return db.write("session_end", actor, session)


def revoke(session: str | None, login: str | None) -> int:
    return db.write("session_revoke", session, login)


def living(login: str | None) -> list[dict[str, Any]]:
    return db.read("session_list", login)


def prune() -> int:
    return db.read("session_prune")


def alive(sessions: list[str]) -> list[str]:
    return db.read("session_alive", db.uuids(sessions))


def page(actor: str, user: str | None, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("session_page", actor, user, after, limit)


def end_of(actor: str, session: str | None, user: str | None) -> int:
    return db.write("session_end_of", actor, session, user)


def end_others(actor: str, keep: str | None) -> int:
    return db.write("session_end_others", actor, keep)
