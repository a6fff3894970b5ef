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


def search(actor: str, query: str, limit: int, after: str | None = None) -> dict[str, Any]:
    return db.read("user_search", actor, query, limit, after)


def disable(login: str, disabled: bool) -> dict[str, Any]:
    return db.write("user_disable", login, disabled)


def credentials(login: str) -> dict[str, Any] | None:
    return db.read("user_credentials", login)


def rehash(user: str, old_hash: str, new_hash: str) -> bool:
    return db.read("user_rehash", user, old_hash, new_hash)


def read(actor: str, user: str) -> dict[str, Any]:
    return db.read("user_read", actor, user)


def details(actor: str, user: str) -> dict[str, Any]:
    return db.read("user_details", actor, user)


def page(actor: str, query: str, after: str | None, limit: int) -> dict[str, Any]:
    return db.read("user_page", actor, query, after, limit)


def add(
    actor: str, username: str, email: str | None, display_name: str | None, password_hash: str, role: str
) -> dict[str, Any]:
    return db.write("user_add", actor, username, email, display_name, password_hash, role)


def govern(actor: str, user: str, role: str | None, disabled: bool | None) -> dict[str, Any]:
    return db.write("user_govern", actor, user, role, disabled)
