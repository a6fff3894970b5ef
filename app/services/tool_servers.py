"""Servers of tools: what administrators and the operator change about them, and what they can.

The actor None is the operator at the command line. Secrets go in and never come out.
"""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.adapters.mcp import ToolError, ToolServers
from app.adapters.mcp.client import McpServers
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.secrets import KeyRing
from app.models import tools as model
from app.services.tools import server_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
MOST_SECRET = 8192
# Somebody waits for the answer.
TEST_SECONDS = 15.0


def all_servers(actor: Actor | None) -> list[dict[str, Any]]:
    """Every server with its tools, by name."""
    return model.servers(_id(actor))


def create(actor: Actor | None, keys: KeyRing, given: dict[str, Any]) -> dict[str, Any]:
    """Add a server.

    Args:
        given: `name`, `transport`, `url` or `command`, and perhaps `secrets`, `call_seconds`, `output_bytes`.

    Raises:
        Conflict: the name is taken.
        Forbidden: a program, and not from the operator.
        Invalid: an address, name or secret will not do.
    """
    identity = str(uuid.uuid4())
    given = {name: value for name, value in given.items() if value is not None}
    if given["transport"] == "http" and not given.get("url"):
        raise _wrong("url", "Give the address of the server.")
    if given["transport"] == "stdio" and not given.get("command"):
        raise _wrong("command", "Give the program that is to run.")
    return model.save(_id(actor), identity, _values(keys, identity, given["transport"], given))


def update(actor: Actor | None, keys: KeyRing, server: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change what `given` names. Secrets are replaced as a whole; they go to no other host than they were entered for, so
    with another address they are given again or gone. Raises NotFound, or as `create`."""
    given = {name: value for name, value in given.items() if value is not None}
    before = model.secret(_id(actor), server)
    if before["transport"] == "http" and "url" in given and "secrets" not in given:
        old, new = urlsplit(before["url"]), urlsplit(given["url"])
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            given["secrets"] = {}
    return model.save(_id(actor), server, _values(keys, server, before["transport"], given))


def delete(actor: Actor | None, server: str) -> None:
    """Remove a server; no assistant can use its tools any more. Raises NotFound."""
    model.delete(_id(actor), server)


def examine(actor: Actor | None, keys: KeyRing, server: str, servers: ToolServers | None = None) -> dict[str, Any]:
    """Ask a server for its tools and keep what it says; why it did not answer is in `error`. Raises NotFound."""
    row = model.secret(_id(actor), server)
    own = None if servers else McpServers()
    try:
        there = server_of(row | {"call_seconds": min(row["call_seconds"], TEST_SECONDS)}, keys)
        found, error = (servers or own or McpServers()).tools(there), None
    except ToolError as failure:
        found, error = [], str(failure)
    finally:
        if own:
            own.close()
    return model.listed(_id(actor), server, [_tool(tool) for tool in found], error)


def set_tool(
    actor: Actor | None, server: str, tool: str, is_allowed: bool | None, needs_approval: bool | None
) -> dict[str, Any]:
    """Allow or forbid a tool, and whether a person approves each call. Raises NotFound."""
    return model.set_tool(_id(actor), server, tool, is_allowed, needs_approval)


def grant(actor: Actor | None, server: str, assistant: str, tools: list[str] | None) -> dict[str, Any]:
    """Let an assistant use these tools of a server, or all that are allowed. Raises NotFound."""
    return model.grant(_id(actor), server, assistant, tools)


def revoke(actor: Actor | None, server: str, assistant: str) -> dict[str, Any]:
    """Take the tools of a server from an assistant. Raises NotFound."""
    return model.revoke(_id(actor), server, assistant)


def reseal(keys: KeyRing) -> tuple[int, list[str]]:
    """Encrypt all secrets with the newest key; how many, and the names of servers whose secrets no key can read."""
    count, lost = 0, []
    for server in model.servers(None):
        row = model.secret(None, server["id"])
        if row["secrets"] and not keys.is_newest(bytes.fromhex(row["secrets"])):
            try:
                model.save(None, server["id"], {"secrets": _sealed(keys, server["id"], server_of(row, keys).secrets)})
                count += 1
            except ToolError:
                lost.append(server["name"])
    return count, lost


def _values(keys: KeyRing, server: str, transport: str, given: dict[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "name" in values and not NAME.fullmatch(values["name"]):
        raise _wrong("name", "A name has 1 to 32 small letters, digits, - and _.")
    if "url" in values:
        _check_url(values["url"])
    if any("\x00" in part for part in values.get("command", ())):
        raise _wrong("command", "A command has no character NUL.")
    if "secrets" in values:
        secrets = values["secrets"]
        allowed = HEADER if transport == "http" else VARIABLE
        for name, value in secrets.items():
            if not allowed.fullmatch(name) or len(value) > MOST_SECRET or re.search(r"[\x00\r\n]", value):
                raise _wrong("secrets", f"{name[:40]!r} cannot be the name of a header or variable with this value.")
        values |= {"secrets": _sealed(keys, server, secrets), "secret_names": sorted(secrets)}
    return values


def _sealed(keys: KeyRing, server: str, secrets: dict[str, str]) -> str:
    return keys.encrypt(orjson.dumps(secrets), server).hex() if secrets else ""


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("url", "Give an address that begins with http:// or https://.")
    if "@" in parts.netloc:
        raise _wrong("url", "Leave the password out of the address, which everybody here sees; give it as a header.")


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """As it is kept: a text of a stranger, without NUL and not longer than needed."""
    return {
        "name": tool["name"].replace("\x00", "")[:128] or "nameless",
        "description": tool["description"].replace("\x00", "")[:8192],
        "input_schema": orjson.loads(orjson.dumps(tool["input_schema"]).replace(rb"\u0000", b"")),
    }


def _wrong(field: str, why: str) -> Invalid:
    return Invalid(why, errors={field: [why]})


def _id(actor: Actor | None) -> str | None:
    return actor.id if actor else None
