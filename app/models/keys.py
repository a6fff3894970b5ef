from typing import Any

from app.models import db


def create(
    actor: str, name: str, scopes: list[str], key_hash: bytes, prefix: str, ttl_seconds: int | None
) -> dict[str, Any]:
    return db.read("key_create", actor, name, scopes, key_hash, prefix, ttl_seconds)


def make(
    login: str, name: str, scopes: list[str], key_hash: bytes, prefix: str, ttl_seconds: int | None
) -> dict[str, Any]:
    return db.read("key_make", login, name, scopes, key_hash, prefix, ttl_seconds)


def load(key_hash: bytes) -> dict[str, Any] | None:
    """`{user, key}`, or None when no living key has this hash."""
    return db.read("key_load", key_hash)


def list_of(actor: str) -> list[dict[str, Any]]:
    return db.read("key_list_of", actor)


def everybodys(login: str | None) -> list[dict[str, Any]]:
    return db.read("key_list", login)


def revoke(actor: str, key: str) -> bool:
    return db.write("key_revoke", actor, key)


def end(key: str) -> bool:
    return db.write("key_end", key)
