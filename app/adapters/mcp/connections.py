"""Connections to servers of tools, kept open between calls. Runs in `runner.py`, the one process with asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, CallToolResult, Implementation

OPEN_SECONDS = 20.0
# A server that nobody has used for so long is let go; a program is ended.
IDLE_SECONDS = 300.0
LOOK_SECONDS = 15.0
MOST_TOOLS = 200
US = Implementation(name="palaver", version="1")


class Connection:
    """One server. Its client is entered and left by one task, as its task groups demand."""

    def __init__(self, server: dict[str, Any]) -> None:
        self.version = server["version"]
        self.used_at = time.monotonic()
        self.busy = 0
        self._end = asyncio.Event()
        self._ready: asyncio.Future = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold(server))

    async def client(self) -> Client:
        return await asyncio.wait_for(asyncio.shield(self._ready), OPEN_SECONDS)

    @property
    def is_over(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        """Wait until it is closed, a program ended."""
        self._end.set()
        if not self._ready.done():
            self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._task

    async def _hold(self, server: dict[str, Any]) -> None:
        try:
            async with contextlib.AsyncExitStack() as stack:
                client = await stack.enter_async_context(await _client(server, stack))
                self._ready.set_result(client)
                await self._end.wait()
        except Exception as error:
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            if not self._ready.done():
                self._ready.cancel()
            elif not self._ready.cancelled():
                self._ready.exception()  # looked at, so that nobody complains


class Connections:
    """One for each server; a new one when the server's configuration has changed, or when it has broken."""

    def __init__(self) -> None:
        self._kept: dict[str, Connection] = {}
        self._closing: set[asyncio.Task] = set()

    async def tools(self, server: dict[str, Any]) -> list[dict[str, Any]]:
        """Every tool of a server."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(OPEN_SECONDS + server["seconds"]), self._use(server) as client:
            cursor = None
            while len(found) < MOST_TOOLS:
                page = await client.list_tools(cursor=cursor)
                found += [
                    {"name": tool.name, "description": tool.description or "", "input_schema": tool.input_schema}
                    for tool in page.tools
                ]
                cursor = page.next_cursor
                if not cursor:
                    break
        return found[:MOST_TOOLS]

    async def call(self, server: dict[str, Any], tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The output of a tool, as text."""
        async with self._use(server) as client, asyncio.timeout(server["seconds"]):
            result = await client.call_tool(tool, arguments, read_timeout_seconds=server["seconds"])
        return {"text": capped(text_of(result), server["output_bytes"]), "is_error": bool(result.is_error)}

    async def close_idle(self) -> None:
        """Let go what nobody uses, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for server, kept in list(self._kept.items()):
                if kept.is_over or (not kept.busy and time.monotonic() - kept.used_at > IDLE_SECONDS):
                    self._let_go(server)

    async def close(self) -> None:
        """Close all of them."""
        for server in list(self._kept):
            self._let_go(server)
        if self._closing:
            await asyncio.wait(self._closing, timeout=5)

    @contextlib.asynccontextmanager
    async def _use(self, server: dict[str, Any]):  # type: ignore[no-untyped-def]
        kept = self._kept.get(server["id"])
        if kept is None or kept.version != server["version"] or kept.is_over:
            if kept is not None:
                self._let_go(server["id"])
            kept = self._kept[server["id"]] = Connection(server)
        kept.busy += 1
        opened = False
        try:
            client = await kept.client()
            opened = True
            yield client
        except Exception as error:
            # What may be broken is begun anew, unless others are served by it just now.
            if self._kept.get(server["id"]) is kept and (not opened or _breaks(error, kept.busy > 1)):
                self._let_go(server["id"])
            raise
        finally:
            kept.busy -= 1
            kept.used_at = time.monotonic()

    def _let_go(self, server: str) -> None:
        task = asyncio.create_task(self._kept.pop(server).close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _breaks(error: Exception, is_used: bool) -> bool:
    """Is the connection of no use any more after this?"""
    if isinstance(error, MCPError):
        return error.error.code == CONNECTION_CLOSED
    return not is_used


async def _client(server: dict[str, Any], stack: contextlib.AsyncExitStack) -> Client:
    if server["transport"] == "stdio":
        program, *rest = server["command"]
        return Client(StdioServerParameters(command=program, args=rest, env=server["secrets"]), client_info=US)
    timeout = httpx2.Timeout(OPEN_SECONDS, read=server["seconds"] + 5)
    http = await stack.enter_async_context(httpx2.AsyncClient(headers=server["secrets"], timeout=timeout))
    return Client(streamable_http_client(server["url"], http_client=http), client_info=US)


def text_of(result: CallToolResult) -> str:
    """What a result says in text; pictures and the like are named, not taken. NUL is left out, which PostgreSQL cannot
    keep."""
    parts = []
    for block in result.content:
        if block.type == "text":
            parts.append(block.text)
        elif block.type == "resource" and hasattr(block.resource, "text"):
            parts.append(block.resource.text)
        else:
            parts.append(f"[{block.type}, which cannot be shown]")
    return "\n".join(parts).replace("\x00", "")


def capped(text: str, most: int) -> str:
    """As much of a text as fits, and how much there was."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    return f"{data[:most].decode('utf-8', 'ignore')}\n[… cut off here: the output had {len(data)} bytes]"


def said(error: BaseException) -> str:
    """The innermost reason, on one line, without the stack."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, FileNotFoundError | PermissionError):
        return f"The program cannot be started ({error.strerror})."
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return "The server of the tool did not answer in time."
    if isinstance(error, httpx2.ConnectError):
        return "The server of the tool cannot be reached."
    return (" ".join(str(error).split()) or type(error).__name__)[:500]
