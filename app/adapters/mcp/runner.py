"""`python -m app.adapters.mcp.runner`: the process that holds the connections to servers of tools.

The official client is made of asyncio, which does not go together with gevent; so it has a process of its own, and who
wants tools speaks to it with lines of JSON on its standard input and output (`client.py`):

    {"id": 1, "do": "tools" | "call", "server": {…}, "tool": "…", "arguments": {…}}   ->   {"id": 1, "result": …}
    {"cancel": 1}                                                                     or   {"id": 1, "error": "…"}

It ends when its input does, so it never outlives who started it, however that one died.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from typing import Any

from app.adapters.mcp.connections import Connections, said

# A line holds one request: arguments are at most 64 KiB of text.
LONGEST_LINE = 4 * 2**20
UNREADABLE = "The server of the tool sent something that is not JSON."


class Runner:
    """Answers lines, each in a task of its own."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._tasks: dict[int, asyncio.Task] = {}
        self._connections = Connections()

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Work until there are no more lines."""
        closing = asyncio.create_task(self._connections.close_idle())
        while line := await lines.readline():
            asked = json.loads(line)
            if "cancel" in asked:
                if (task := self._tasks.get(asked["cancel"])) is not None:
                    task.cancel()
                continue
            task = asyncio.create_task(self._answer(asked))
            self._tasks[asked["id"]] = task
            task.add_done_callback(lambda _, number=asked["id"]: self._tasks.pop(number, None))
        closing.cancel()
        for task in list(self._tasks.values()):
            task.cancel()
        await self._connections.close()

    async def _answer(self, asked: dict[str, Any]) -> None:
        try:
            server = asked["server"]
            if asked["do"] == "tools":
                result: Any = await self._connections.tools(server)
            else:
                result = await self._connections.call(server, asked["tool"], asked["arguments"])
            answer = {"id": asked["id"], "result": result}
        except TimeoutError:
            answer = {"id": asked["id"], "error": f"It took longer than {asked['server']['seconds']:g} seconds."}
        except Exception as error:
            answer = {"id": asked["id"], "error": said(error)}
        data = _line(answer)
        while data:
            data = data[os.write(self._out, data) :]


def _line(answer: dict[str, Any]) -> bytes:
    """One that the other side can read in any case; numbers that are none and broken letters are no JSON."""
    try:
        return json.dumps(answer, allow_nan=False, ensure_ascii=False).encode() + b"\n"
    except (ValueError, RecursionError):
        return json.dumps({"id": answer["id"], "error": UNREADABLE}).encode() + b"\n"


async def main() -> None:
    """Run on standard input; nothing but answers goes to what was standard output."""
    out = os.dup(1)
    os.dup2(2, 1)  # whatever prints would break the lines
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):  # Ctrl-C reaches the whole group; the parent closes our input
        loop.add_signal_handler(number, lambda: None)
    lines = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    with contextlib.suppress(BrokenPipeError):
        await Runner(out).run(lines)


if __name__ == "__main__":
    asyncio.run(main())
