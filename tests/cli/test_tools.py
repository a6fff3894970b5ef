from __future__ import annotations

import json
import sys

import pytest

from app.core.secrets import KeyRing
from tests.cli.conftest import Command
from tests.conftest import Person


def test_the_operator_adds_a_program_and_gives_it_away(
    flask: Command, anna: Person, app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_WORD", "mellon")
    added = flask("tools", "add", "tester", "--secret", "WORD=THE_WORD", "--bytes", "1000", "--", sys.executable, "-m",
                  "tests.mcp_server")  # fmt: skip
    assert added.output.startswith("Added tester.\nIt has 7 tools: add, broken, die, echo"), added.output + added.stderr
    assert flask("tools", "allow", "tester", "add", "free").output == "add: free.\n"
    assert flask("tools", "give", "tester", "palaver", "--tool", "add", "--tool", "echo").exit_code == 0
    told = flask("tools", "list").output
    assert "without asking" in told and "when a person allows it" in told and "palaver" in told and "mellon" not in told
    [server] = json.loads(flask("tools", "list", "--json").output)
    assert (server["transport"], server["command"][1:], server["secret_names"]) == (
        "stdio",
        ["-m", "tests.mcp_server"],
        ["WORD"],
    )
    assert server["assistants"][0]["tools"] == ["add", "echo"] and server["output_bytes"] == 1000
    # An administrator may switch it off, and may not make it another program.
    here = f"/api/admin/tool-servers/{server['id']}"
    assert anna.http.patch(here, json={"is_enabled": False}, headers=token(anna)).status_code == 200
    assert anna.http.patch(here, json={"secrets": {"LD_PRELOAD": "x"}}, headers=token(anna)).status_code == 403
    assert flask("tools", "set", "tester", "--on", "--seconds", "9").exit_code == 0
    rotated = flask("secrets", "rotate").output
    assert "encrypted 1 secret" in rotated
    assert "7 tools" in flask("tools", "test", "tester").output
    assert flask("tools", "take", "tester", "palaver").exit_code == 0
    assert flask("tools", "set", "tester", "--no-secrets").exit_code == 0
    [server] = json.loads(flask("tools", "list", "--json").output)
    assert (server["assistants"], server["secret_names"], server["call_seconds"]) == ([], [], 9)
    assert flask("tools", "remove", "tester").output == "Removed tester.\n"
    acts = {entry["action"] for entry in anna.get("/api/admin/audit").json["items"]}
    assert {"tool_server.added", "tool_server.changed", "tool_server.removed", "tool.changed", "tool.granted"} <= acts


def token(person: Person) -> dict[str, str]:
    return {"X-CSRF-TOKEN": person.http.get_cookie("CSRF-TOKEN").value}


def test_mistakes_are_told_in_one_line(flask: Command, anna: Person) -> None:
    assert flask("tools", "add", "x").exit_code == 2
    for arguments, said in (
        (("add", "x", "--", "/no/such/program"), "cannot be started"),
        (("add", "x", "--url", "http://127.0.0.1:9/mcp"), "this name"),
        (("add", "y", "--url", "http://127.0.0.1:9/mcp", "--secret", "NOT_THERE"), "NOT_THERE"),
        (("add", "Y", "--url", "http://127.0.0.1:9/mcp"), "small letters"),
        (("test", "nothing"), "no server of tools named nothing"),
        (("give", "x", "nobody"), "nobody"),
    ):
        refused = flask("tools", *arguments)
        assert refused.exit_code == 1 and said in refused.stderr, (arguments, refused.output, refused.stderr)


def test_secrets_that_no_key_can_read(
    flask: Command, anna: Person, app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "mellon")
    flask("tools", "add", "lost", "--url", "http://127.0.0.1:9/mcp", "--secret", "WORD")
    ring: KeyRing = app.extensions["keys"]  # type: ignore[attr-defined]
    ring.path.unlink()
    ring._keys = ()
    assert "cannot be read any more" in flask("tools", "test", "lost").stderr
    assert "servers of tools: lost" in flask("secrets", "rotate").stderr
