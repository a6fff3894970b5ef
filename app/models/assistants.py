"""Assistants. The actor None is the operator at the command line."""

from typing import Any

from app.models import db


def all_assistants(actor: str | None) -> list[dict[str, Any]]:
    return db.read("assistant_list", actor)


def get(actor: str | None, assistant: str) -> dict[str, Any]:
    return db.read("assistant_get", actor, assistant)


def offered(actor: str) -> list[dict[str, Any]]:
    """Whom everybody may ask."""
    return db.read("assistant_offered", actor)


def create(actor: str | None, given: dict[str, Any]) -> dict[str, Any]:
    return db.read("assistant_create", actor, given)


def update(actor: str | None, assistant: str, given: dict[str, Any]) -> dict[str, Any]:
    return db.read("assistant_update", actor, assistant, given)
