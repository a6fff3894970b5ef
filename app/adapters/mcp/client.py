"""Speaks to the process that holds the connections (`runner.py`): lines of JSON over two pipes.

Threads here are greenlets wherever gevent has patched them, as in the jobs worker; elsewhere they are threads.
"""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from app.adapters.mcp import Output, Server, ToolError

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
# The runner ends a call itself when its time is over; this is for a runner that hangs.
GRACE_SECONDS = 45.0
LOST = "The process that runs tools ended in the middle of this call."


class _Process:
    """One runner, and who waits for what it says."""

    def __init__(self) -> None:
        # Without the secrets in our own environment: programs that it starts inherit only a few harmless names of it.
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "app.adapters.mcp.runner"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("PALAVER__")},
        )  # fmt: skip
        self.waiting: dict[int, Future] = {}
        self._is_over = False
        self._writing = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        # Its pipes are closed a moment before the system says that it has ended.
        return not self._is_over and self.popen.poll() is None

    def send(self, message: dict[str, Any]) -> None:
        assert self.popen.stdin is not None
        with self._writing:
            self.popen.stdin.write(orjson.dumps(message) + b"\n")
            self.popen.stdin.flush()

    def end(self) -> None:
        """Close its input, which ends it."""
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.close()
            self.popen.wait(timeout=8)
        except (OSError, subprocess.TimeoutExpired):
            self.popen.kill()
            self.popen.wait()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            answer = orjson.loads(line)
            future = self.waiting.pop(answer["id"], None)
            if future is not None:
                future.set_result(answer)
        self._is_over = True
        for number in list(self.waiting):
            if (future := self.waiting.pop(number, None)) is not None:
                future.set_result({"error": LOST})
        self.popen.stdout.close()
        self.popen.wait()


class McpServers:
    """Servers of tools, reached through a runner that is started on first use, and again after it died."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._numbers = itertools.count(1)
        self._starting = threading.Lock()

    def tools(self, server: Server) -> list[dict[str, Any]]:
        return self._ask(server, {"do": "tools"})

    def call(self, server: Server, tool: str, arguments: dict[str, Any]) -> Output:
        return Output(**self._ask(server, {"do": "call", "tool": tool, "arguments": arguments}))

    @property
    def pid(self) -> int | None:
        """The runner's process id; None before it is used."""
        return self._process.popen.pid if self._process else None

    def close(self) -> None:
        """End the runner and with it the programs that it started."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _ask(self, server: Server, message: dict[str, Any]) -> Any:
        process, number, future = self._running(), next(self._numbers), Future()  # type: ignore[var-annotated]
        process.waiting[number] = future
        try:
            process.send({"id": number, "server": asdict(server)} | message)
            answer = future.result(server.seconds + GRACE_SECONDS)
        except (OSError, ValueError) as error:  # it has just died
            raise ToolError(LOST) from error
        except TimeoutError as error:
            process.popen.kill()  # it hangs: the next call gets another one
            raise ToolError("The process that runs tools does not answer.") from error
        finally:
            if process.waiting.pop(number, None) is not None:
                self._cancel(process, number)
        if "error" in answer:
            raise ToolError(answer["error"])
        return answer["result"]

    @staticmethod
    def _cancel(process: _Process, number: int) -> None:
        try:
            process.send({"cancel": number})
        except (OSError, ValueError):
            log.debug("a call was left whose runner is gone")

    def _running(self) -> _Process:
        with self._starting:
            if self._process is None or not self._process.is_alive:
                self._process = _Process()
            return self._process
