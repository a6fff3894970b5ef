"""The process that holds the connections to servers of tools, and a real server on both transports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import urllib3

from app.adapters.mcp import Output, Server, ToolError, runner
from app.adapters.mcp.client import McpServers
from tests.servers import ROOT, free_port, wait_for

PROGRAM = Server("p", "1", "stdio", [sys.executable, "-m", "tests.mcp_server"], secrets={"WORD": "mellon"}, seconds=20)


@pytest.fixture(scope="module")
def servers() -> Iterator[McpServers]:
    made = McpServers()
    yield made
    made.close()


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    """The same tools over HTTP."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mcp_server", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip

    def answers() -> bool:
        try:
            return urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False).status == 404
        except urllib3.exceptions.HTTPError:
            return False

    wait_for(answers, what="the server of tools")
    yield Server("w", "1", "http", url=f"http://127.0.0.1:{port}/mcp", secrets={"X-Word": "mellon"}, seconds=20)
    process.kill()
    process.wait()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_tools_are_listed_and_called(servers: McpServers, web: Server, transport: str) -> None:
    server = PROGRAM if transport == "stdio" else web
    tools = {tool["name"]: tool for tool in servers.tools(server)}
    assert {"echo", "add", "slow", "huge", "broken"} <= set(tools)
    assert tools["add"]["description"] == "The sum of two numbers."
    assert set(tools["add"]["input_schema"]["properties"]) == {"a", "b"}
    assert servers.call(server, "add", {"a": 1, "b": 2}) == Output("3", False)


def test_what_goes_wrong_is_said(servers: McpServers) -> None:
    assert servers.call(PROGRAM, "broken", {}).is_error
    assert servers.call(PROGRAM, "nothing", {}) == Output("Unknown tool: nothing", True)
    assert "valid integer" in servers.call(PROGRAM, "add", {"a": "x", "b": 1}).text
    with pytest.raises(ToolError, match="cannot be started"):
        servers.tools(Server("x", "1", "stdio", ["/no/such/program"]))
    with pytest.raises(ToolError, match="cannot be reached"):
        servers.tools(Server("y", "1", "http", url=f"http://127.0.0.1:{free_port()}/mcp"))


def test_a_call_has_its_time(servers: McpServers) -> None:
    with pytest.raises(ToolError, match=r"longer than 0\.3 seconds"):
        servers.call(replace(PROGRAM, id="q", seconds=0.3), "slow", {"seconds": 30})


def test_a_long_output_is_cut_and_says_so(servers: McpServers) -> None:
    said = servers.call(PROGRAM, "huge", {"bytes": 3_000_000}).text
    assert said.startswith("é" * 8_192 + "\n") and said.endswith("[… cut off here: the output had 3000000 bytes]")
    assert servers.call(PROGRAM, "huge", {"bytes": 16_384}).text == "é" * 8_192


def test_a_program_has_its_own_environment_and_not_ours(servers: McpServers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert servers.call(PROGRAM, "variable", {"name": "WORD"}).text == "mellon"
    own = McpServers()
    monkeypatch.setenv("PALAVER__DB__URL", "secret")
    try:
        assert own.call(PROGRAM, "variable", {"name": "PALAVER__DB__URL"}).text == "nothing"
    finally:
        own.close()


def test_a_program_that_died_is_started_again(servers: McpServers) -> None:
    with pytest.raises(ToolError):
        servers.call(PROGRAM, "die", {})
    assert servers.call(PROGRAM, "echo", {"text": "again"}).text == "again"


def test_a_changed_configuration_is_a_new_connection(servers: McpServers) -> None:
    assert servers.call(PROGRAM, "variable", {"name": "WORD"}).text == "mellon"
    changed = replace(PROGRAM, version="2", secrets={"WORD": "friend"})
    assert servers.call(changed, "variable", {"name": "WORD"}).text == "friend"


def test_a_runner_that_is_killed_fails_the_call_and_comes_back(servers: McpServers) -> None:
    servers.call(PROGRAM, "echo", {"text": "warm"})
    said: list[str] = []

    def call() -> None:
        try:
            servers.call(PROGRAM, "slow", {"seconds": 30})
        except ToolError as error:
            said.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.2)
    before = servers.pid
    assert before
    os.kill(before, signal.SIGKILL)
    thread.join(10)
    assert said == ["The process that runs tools ended in the middle of this call."]
    assert servers.call(PROGRAM, "echo", {"text": "again"}).text == "again" and servers.pid != before


def test_it_ends_with_its_parent_however_that_one_dies() -> None:
    """The runner and the program that it started."""
    code = (
        "import sys, time; from app.adapters.mcp.client import McpServers; from tests.adapters.test_mcp import PROGRAM;"
        "made = McpServers(); made.call(PROGRAM, 'echo', {'text': 'x'}); print(made.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout
    runner = int(parent.stdout.readline())
    started = children(runner)
    assert started and is_alive(runner)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not any(map(is_alive, [runner, *started])), what="the end of the runner")


def test_what_is_no_json_is_an_error_and_not_a_line_that_nobody_can_read() -> None:
    assert orjson.loads(runner._line({"id": 1, "result": "ä"})) == {"id": 1, "result": "ä"}
    for odd in (float("nan"), float("inf"), "\ud800"):
        assert "not JSON" in orjson.loads(runner._line({"id": 7, "result": [odd]}))["error"]
