"""Rules are tested where they live: the stored functions, called as the run-time role calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.models import conversations, db, messages, users
from tests.databases import Database


@pytest.fixture(autouse=True)
def connected(database: Database) -> None:
    db.configure(database.runtime, 4)
    db.context.set(None)
    db.after_write = lambda: db.read("bus_publish")


@pytest.fixture
def make_user() -> Callable[..., str]:
    def make(name: str, role: str = "member") -> str:
        return users.create(name, f"{name}@example.org", None, "hash", role)["id"]

    return make


@pytest.fixture
def anna(make_user: Callable[..., str]) -> str:
    return make_user("anna", "admin")


@pytest.fixture
def bob(make_user: Callable[..., str]) -> str:
    return make_user("bob")


@pytest.fixture
def carol(make_user: Callable[..., str]) -> str:
    return make_user("carol")


@pytest.fixture
def group(anna: str, bob: str) -> str:
    """A conversation of anna (owner) and bob."""
    return conversations.create(anna, "group", "Garden", [bob], None)["id"]


def post(actor: str, conversation: str, content: str = "hello", **more: Any) -> dict[str, Any]:
    return messages.post(actor, conversation, None, content, more.get("client_id"), more.get("mentions", []))


def reply(actor: str, parent: str, content: str = "yes", **more: Any) -> dict[str, Any]:
    return messages.post(actor, None, parent, content, more.get("client_id"), more.get("mentions", []))
