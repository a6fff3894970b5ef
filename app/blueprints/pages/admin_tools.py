"""The page of servers of tools: what they can, who may use it, and what a person has to allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.blueprints.guards import actor, keys
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.admin_forms import after
from app.blueprints.pages.shell import uuid_of
from app.core.errors import Invalid, PalaverError
from app.services import assistants, tool_servers

PAGE = "/admin/tools"
MOST = 2000


@blueprint.get(PAGE)
@for_admins
def admin_tools() -> Any:
    """Every server of tools."""
    return _show()


@blueprint.post(PAGE)
@for_admins
def add_tool_server() -> Any:
    """Add a server that is reached over HTTP, and ask it for its tools."""

    def add() -> Any:
        given = {"name": _field("name"), "transport": "http", "url": _field("url")}
        made = tool_servers.create(actor(), keys(), given | _secrets())
        tool_servers.examine(actor(), keys(), made["id"])

    return _done(add)


@blueprint.post(f"{PAGE}/<uuid:server_id>")
@for_admins
def change_tool_server(server_id: UUID) -> Any:
    """Change a server; headers stay when none are given."""
    form = request.form

    def change() -> Any:
        given: dict[str, Any] = {"is_enabled": form["enabled"] == "true"} if "enabled" in form else {}
        if "url" in form:
            given = {"url": _field("url")} | _secrets()
        if "call_seconds" in form:
            given |= {"call_seconds": _number("call_seconds", 1, 3600)}
            given |= {"output_bytes": int(_number("output_bytes", 256, 262_144))}
        return tool_servers.update(actor(), keys(), str(server_id), given)

    return _done(change)


@blueprint.post(f"{PAGE}/<uuid:server_id>/test")
@for_admins
def test_tool_server(server_id: UUID) -> Any:
    """Ask a server for its tools."""
    return _done(lambda: tool_servers.examine(actor(), keys(), str(server_id)))


@blueprint.post(f"{PAGE}/<uuid:server_id>/delete")
@for_admins
def delete_tool_server(server_id: UUID) -> Any:
    """Remove a server."""
    return _done(lambda: tool_servers.delete(actor(), str(server_id)))


@blueprint.post(f"{PAGE}/<uuid:server_id>/tools")
@for_admins
def set_tool(server_id: UUID) -> Any:
    """Allow a tool with or without asking, or forbid it."""
    how = request.form.get("how", "")

    def change() -> Any:
        if how not in ("ask", "free", "never"):
            raise Invalid("Choose what is to be done with this tool.")
        needs = None if how == "never" else how == "ask"
        return tool_servers.set_tool(actor(), str(server_id), _field("name"), how != "never", needs)

    return _done(change)


@blueprint.post(f"{PAGE}/<uuid:server_id>/assistants")
@for_admins
def grant_tools(server_id: UUID) -> Any:
    """Let an assistant use the tools of a server, or take them from it."""
    assistant = uuid_of(request.form.get("assistant_id"))

    def change() -> Any:
        if assistant is None:
            raise Invalid("Choose an assistant.")
        if "revoke" in request.form:
            return tool_servers.revoke(actor(), str(server_id), assistant)
        names = _field("tools").replace(",", " ").split()
        return tool_servers.grant(actor(), str(server_id), assistant, names or None)

    return _done(change)


def _field(name: str) -> str:
    return request.form.get(name, "").strip()[:MOST]


def _number(name: str, least: float, most: float) -> float:
    try:
        value = float(_field(name))
    except ValueError:
        value = 0
    if not least <= value <= most:
        raise Invalid(f"Give a number from {least:g} to {most:g}.")
    return value


def _secrets() -> dict[str, Any]:
    """Headers, one a line."""
    lines = [line for line in request.form.get("headers", "").splitlines() if line.strip()]
    if not all(":" in line for line in lines):
        raise Invalid("A header is a name, a colon and a value, one on each line.")
    pairs = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {"secrets": pairs} if pairs else {}


def _done(act: Callable[[], Any]) -> str | tuple[str, int] | Response:
    return after(act, PAGE, _show)


def _show(error: PalaverError | None = None) -> str:
    return admin_page(
        "admin/tools.html", servers=tool_servers.all_servers(actor()), assistants=assistants.all_assistants(actor()),
        error=error,
    )  # fmt: skip
