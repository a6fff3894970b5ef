"""Servers of models. The actor None is the operator at the command line."""

from typing import Any

from app.models import db


def all_providers(actor: str | None) -> list[dict[str, Any]]:
    return db.read("provider_list", actor)


def get(actor: str | None, provider: str) -> dict[str, Any]:
    return db.read("provider_get", actor, provider)


def new_id() -> str:
    """For a server that will be added: its key is encrypted for this very id."""
    return db.read("provider_id")


def create(actor: str | None, provider: str, given: dict[str, Any], api_key: bytes | None) -> dict[str, Any]:
    return db.read("provider_create", actor, provider, given, api_key)


def update(actor: str | None, provider: str, given: dict[str, Any], api_key: bytes | None) -> dict[str, Any]:
    """Change what `given` names; `api_key` is the encrypted key, None keeps it, b"" takes it away."""
    return db.read("provider_update", actor, provider, given, api_key)


def delete(actor: str | None, provider: str) -> list[str]:
    """Answers the names of the assistants that ask the default model from now on."""
    return db.read("provider_delete", actor, provider)


def secret(provider: str) -> bytes | None:
    """The encrypted key of one, for asking it."""
    found = db.read("provider_secret", provider)
    return bytes.fromhex(found) if found else None


def sealed(after: str | None, limit: int) -> list[dict[str, Any]]:
    """A page of `{id, name, secret}`: the keys, encrypted."""
    return [row | {"secret": bytes.fromhex(row["secret"])} for row in db.read("provider_sealed", after, limit)]


def reseal(provider: str, old: bytes, new: bytes) -> bool:
    return db.read("provider_reseal", provider, old, new)
