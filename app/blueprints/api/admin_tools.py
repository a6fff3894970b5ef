from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor, keys
from app.schemas import tool_servers as schemas
from app.services import tool_servers

blueprint = Blueprint("admin_tools", __name__, description="Servers of tools (MCP), for administrators.")
ONLY_OPERATOR = "A program of this machine: only the operator changes what runs here."


@blueprint.get("")
@blueprint.response(200, schemas.ToolServerList)
def page() -> Any:
    """Every server of tools with its tools, and the assistants that may use them."""
    return {"items": tool_servers.all_servers(actor())}


@blueprint.post("")
@blueprint.arguments(schemas.NewToolServer)
@blueprint.response(201, schemas.ToolServer)
@blueprint.alt_response(409, description="The name is taken.")
def create(given: dict[str, Any]) -> Any:
    """Add a server that is reached over HTTP; test it afterwards, which lists its tools."""
    return tool_servers.create(actor(), keys(), given | {"transport": "http"})


@blueprint.patch("/<uuid:server_id>")
@blueprint.arguments(schemas.ToolServerChange)
@blueprint.response(200, schemas.ToolServer)
@blueprint.alt_response(403, description=ONLY_OPERATOR)
@blueprint.alt_response(409, description="The name is taken.")
def change(given: dict[str, Any], server_id: UUID) -> Any:
    """Change a server; the next call goes by it. With the address of another host its secrets have to be given again."""
    return tool_servers.update(actor(), keys(), str(server_id), given)


@blueprint.delete("/<uuid:server_id>")
@blueprint.response(204)
def delete(server_id: UUID) -> None:
    """Remove a server; no assistant can use its tools any more."""
    tool_servers.delete(actor(), str(server_id))


@blueprint.post("/<uuid:server_id>/test")
@blueprint.response(200, schemas.ToolServer)
def examine(server_id: UUID) -> Any:
    """Ask a server for its tools. Why it did not answer is told in `error`."""
    return tool_servers.examine(actor(), keys(), str(server_id))


@blueprint.put("/<uuid:server_id>/tools")
@blueprint.arguments(schemas.ToolSetting)
@blueprint.response(200, schemas.ToolServer)
def set_tool(given: dict[str, Any], server_id: UUID) -> Any:
    """Allow or forbid a tool, and say whether a person has to allow each call."""
    return tool_servers.set_tool(
        actor(), str(server_id), given["name"], given["is_allowed"], given["needs_approval"]
    )  # fmt: skip


@blueprint.put("/<uuid:server_id>/assistants/<uuid:assistant_id>")
@blueprint.arguments(schemas.NewToolGrant)
@blueprint.response(200, schemas.ToolServer)
def grant(given: dict[str, Any], server_id: UUID, assistant_id: UUID) -> Any:
    """Let an assistant use tools of a server."""
    return tool_servers.grant(actor(), str(server_id), str(assistant_id), given["tools"])


@blueprint.delete("/<uuid:server_id>/assistants/<uuid:assistant_id>")
@blueprint.response(200, schemas.ToolServer)
def revoke(server_id: UUID, assistant_id: UUID) -> Any:
    """Take the tools of a server from an assistant."""
    return tool_servers.revoke(actor(), str(server_id), str(assistant_id))
