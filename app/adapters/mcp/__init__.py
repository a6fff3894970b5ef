"""Tools of other programs, over the Model Context Protocol: one protocol, however a server of tools is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


class ToolError(Exception):
    """A tool, or its server, did not do what it was asked for; the message is a sentence for people and models."""

    def __init__(self, message: str) -> None:
        super().__init__(message.replace("\x00", ""))  # which PostgreSQL cannot keep


@dataclass(frozen=True)
class Server:
    """How a server of tools is reached.

    Attributes:
        version: changes when anything about it does; a connection of before is then closed.
        command: what is run, with its arguments, when its transport is `stdio`.
        secrets: environment of the program, or headers of the requests.
        seconds: for how long a call may take.
        output_bytes: how much of an output is taken; the rest is cut off, and the text says so.
    """

    id: str
    version: str
    transport: str
    command: list[str] = field(default_factory=list)
    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    seconds: float = 60.0
    output_bytes: int = 16_384


@dataclass(frozen=True)
class Output:
    """What a tool answered: text, and whether it calls this a failure."""

    text: str
    is_error: bool


class ToolServers(Protocol):
    """What the product needs of servers of tools."""

    def tools(self, server: Server) -> list[dict[str, Any]]:
        """Its tools: `[{name, description, input_schema}]`.

        Raises:
            ToolError: it cannot be reached, or does not answer.
        """

    def call(self, server: Server, tool: str, arguments: dict[str, Any]) -> Output:
        """Let a tool work. Leaving this call (a greenlet that is killed) ends the work, as far as the server lets itself
        be told.

        Raises:
            ToolError: it could not be called, or took too long.
        """
