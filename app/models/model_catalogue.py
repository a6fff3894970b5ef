"""The models that can be asked. The actor None is the operator at the command line."""

from typing import Any

from app.models import db


def all_models(actor: str | None) -> list[dict[str, Any]]:
    return db.read("model_list", actor)


def get(actor: str | None, model: str) -> dict[str, Any]:
    return db.read("model_get", actor, model)


def offered(actor: str) -> list[dict[str, Any]]:
    """What everybody may ask."""
    return db.read("model_offered", actor)


def create(actor: str | None, provider: str, given: dict[str, Any]) -> dict[str, Any]:
    return db.read("model_create", actor, provider, given)


def update(actor: str | None, model: str, given: dict[str, Any]) -> dict[str, Any]:
    return db.read("model_update", actor, model, given)


def delete(actor: str | None, model: str) -> list[str]:
    """Answers the names of the assistants that ask the default model from now on."""
    return db.read("model_delete", actor, model)


def set_default(actor: str | None, model: str) -> dict[str, Any]:
    return db.read("model_default", actor, model)
