"""Servers of tools, and what assistants may use of them. Without an actor the operator asks."""

from typing import Any

from psycopg2.extras import Json

from app.models import db


def servers(actor: str | None) -> list[dict[str, Any]]:
    return db.read("tool_server_list", actor)


def save(actor: str | None, server: str, values: dict[str, Any]) -> dict[str, Any]:
    """Add the server, or change what `values` gives."""
    return db.read("tool_server_save", actor, server, Json(values))


def delete(actor: str | None, server: str) -> None:
    db.read("tool_server_delete", actor, server)


def secret(actor: str | None, server: str) -> dict[str, Any]:
    """How it is reached; its secrets are encrypted."""
    return db.read("tool_server_secret", actor, server)


def listed(actor: str | None, server: str, tools: list[dict[str, Any]], error: str | None) -> dict[str, Any]:
    return db.read("tool_server_listed", actor, server, Json(tools), error)


def set_tool(
    actor: str | None, server: str, tool: str, is_allowed: bool | None, needs_approval: bool | None
) -> dict[str, Any]:
    return db.read("tool_set", actor, server, tool, is_allowed, needs_approval)


def grant(actor: str | None, server: str, assistant: str, tools: list[str] | None) -> dict[str, Any]:
    return db.read("tool_grant", actor, server, assistant, tools)


def revoke(actor: str | None, server: str, assistant: str) -> dict[str, Any]:
    return db.read("tool_revoke", actor, server, assistant)
