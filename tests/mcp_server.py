"""A server of tools for tests, made with the same package: `python -m tests.mcp_server [port]` (stdio without a port)."""

from __future__ import annotations

import asyncio
import os
import sys

from mcp.server import MCPServer

server = MCPServer("tester")


@server.tool()
def echo(text: str) -> str:
    """Says it again."""
    return text


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.tool()
async def slow(seconds: float) -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return "at last"


@server.tool()
def huge(bytes: int) -> str:
    """Says a lot."""
    return "é" * (bytes // 2)


@server.tool()
def broken() -> str:
    """Does not work."""
    raise ValueError("no bread in the house")


@server.tool()
def variable(name: str) -> str:
    """What the environment says."""
    return os.environ.get(name, "nothing")


@server.tool()
def die() -> str:
    """Ends the program."""
    os._exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
