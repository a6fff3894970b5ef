from typing import Any

from app.models import db


def setup_done() -> bool:
    return db.read("setup_done")


def setup(username: str, email: str, password_hash: str) -> dict[str, Any]:
    return db.write("setup", username, email, password_hash)


def create(username: str, email: str | None, display_name: str | None, password_hash: str, role: str) -> dict[str, Any]:
    return db.write("user_create", username, email, display_name, password_hash, role)


def all_users() -> list[dict[str, Any]]:
    return db.read("user_list")


def search(actor: str, query: str, limit: int) -> list[dict[str, Any]]:
    return db.read("user_search", actor, query, limit)


def disable(login: str, disabled: bool) -> dict[str, Any]:
    return db.write("user_disable", login, disabled)


def credentials(login: str) -> dict[str, Any] | None:
    return db.read("user_credentials", login)


def rehash(user: str, old_hash: str, new_hash: str) -> bool:
    return db.read("user_rehash", user, old_hash, new_hash)
