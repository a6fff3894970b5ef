from typing import Any

from app.models import db


def create(
    user: str, token_hash: bytes, user_agent: str, ip: str | None, idle: int, absolute: int, most: int
) -> dict[str, Any]:
    return db.write("session_create", user, token_hash, user_agent, ip, idle, absolute, most)


def load(token_hash: bytes) -> dict[str, Any] | None:
    return db.read("session_load", token_hash)


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
