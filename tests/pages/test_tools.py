"""The page of servers of tools, and calls in a thread, without scripts."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

import pytest

from app.adapters.mcp import ToolError
from app.adapters.mcp.client import McpServers
from app.blueprints.pages.tools import call_status, undirected
from app.models import answers, tool_calls, tools
from tests.conftest import Person
from tests.databases import Database
from tests.pages.forms import submit

PAGE = "/admin/tools"
LOOK = {"name": "look", "description": "<b>Looks</b> at \u202eit.", "input_schema": {"type": "object"}}


@pytest.fixture
def listing() -> Any:
    """What servers of tools answer."""
    with patch.object(McpServers, "tools", return_value=[LOOK, {**LOOK, "name": "set"}]) as asked:
        yield asked


def only(anna: Person) -> dict[str, Any]:
    [server] = anna.get("/api/admin/tool-servers").json["items"]
    return server


def test_an_administrator_adds_a_server_and_gives_it_to_the_assistant(
    anna: Person, bob: Person, assistant: str, listing: Any
) -> None:
    page = anna.get(PAGE)
    assert "There are none yet" in page.text and "Tools are switched off" in page.text
    made = submit(anna, page, PAGE, name="clock", url="http://127.0.0.1:9/mcp", headers="X-Key: tops3cret\nX-B: 2")
    assert made.status_code == 303
    server = only(anna)
    assert (server["secret_names"], [t["name"] for t in server["tools"]]) == (["X-B", "X-Key"], ["look", "set"])
    assert listing.call_args[0][0].secrets == {"X-Key": "tops3cret", "X-B": "2"}
    page = anna.get(PAGE)
    assert "tops3cret" not in page.text and "&lt;b&gt;Looks&lt;/b&gt; at \\u202eit." in page.text
    assert not re.search(r"style=|<script>|\son\w+=", page.text)
    here = f"{PAGE}/{server['id']}"
    for how, wanted in (("free", (True, False)), ("never", (False, False)), ("ask", (True, True))):
        assert submit(anna, page, f"{here}/tools", name="look", how=how).status_code == 303
        look = only(anna)["tools"][0]
        assert (look["is_allowed"], look["needs_approval"]) == wanted
    assert submit(anna, page, f"{here}/tools", name="look", how="x").status_code == 422
    assert submit(anna, page, f"{here}/assistants", assistant_id=assistant, tools="look").status_code == 303
    assert only(anna)["assistants"][0]["tools"] == ["look"]
    csrf = anna.http.get_cookie("CSRF-TOKEN").value
    taken = {"csrf_token": csrf, "assistant_id": assistant, "revoke": "1"}
    assert anna.http.post(f"{here}/assistants", data=taken).status_code == 303 and only(anna)["assistants"] == []
    assert anna.http.post(here, data={"csrf_token": csrf, "enabled": "false"}).status_code == 303
    assert not only(anna)["is_enabled"] and only(anna)["secret_names"]
    wrong = {"csrf_token": csrf, "url": "ftp://x", "call_seconds": "5", "output_bytes": "300"}
    assert anna.http.post(here, data=wrong).status_code == 422
    moved = wrong | {"url": "http://127.0.0.2:9/mcp"}  # another host: its secrets do not go there
    assert anna.http.post(here, data=moved).status_code == 303
    assert (only(anna)["url"], only(anna)["secret_names"], only(anna)["output_bytes"]) == (moved["url"], [], 300)
    assert bob.get(PAGE).status_code == 403 and bob.http.post(here, data={"csrf_token": csrf}).status_code == 403
    listing.side_effect = ToolError("The server of the tool cannot be reached.")
    assert submit(anna, anna.get(PAGE), f"{here}/test").status_code == 303
    assert "It did not answer: The server of the tool cannot be reached." in anna.get(PAGE).text
    assert submit(anna, anna.get(PAGE), f"{here}/delete").status_code == 303
    assert anna.get("/api/admin/tool-servers").json["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"name": "No"}, {"url": "http://a:b@x/"}, {"url": "file:///etc"}, {"secrets": {"a b": "x"}},
     {"secrets": {"A": "x\r\nB: y"}}],
)  # fmt: skip
def test_what_will_not_do_is_refused(anna: Person, wrong: dict[str, Any]) -> None:
    fine = {"name": "clock", "url": "http://127.0.0.1:9/mcp", "secrets": {"A": "x"}}
    assert anna.post("/api/admin/tool-servers", fine | wrong).status_code == 422
    assert anna.post("/api/admin/tool-servers", fine).status_code == 201


def test_a_call_is_shown_as_text_and_decided_with_a_form(
    anna: Person, bob: Person, assistant: str, database: Database
) -> None:
    made = anna.post("/api/admin/tool-servers", {"name": "clock", "url": "http://127.0.0.1:9/mcp"}).json["id"]
    tools.listed(anna.id, made, [LOOK], None)
    tools.grant(anna.id, made, assistant, None)
    conversation = anna.converse()
    root = anna.begin(conversation, "when?")["root_id"]
    [job] = answers.claim(5, 10, 100)
    evil = '{"x": "<img src=//evil> @anna [a](http://evil) \u202e"}'
    wish = {
        "call_id": "c",
        "name": "look",
        "server_id": made,
        "server": "clock",
        "tool": "look",
        "arguments": evil,
        "error": None,
    }
    [call] = tool_calls.begin(job["lease"], [wish], 0, 0) or []
    assert tool_calls.wait(job["lease"], None)
    page = anna.get(f"/c/{conversation}/t/{root}")
    assert "asks for permission" in page.text and f"/tool-calls/{call['id']}/approve" in page.text
    assert "&lt;img src=//evil&gt;" in page.text and "<img" not in page.text and "\\u202e" in page.text
    assert 'href="http://evil' not in page.text
    csrf = anna.http.get_cookie("CSRF-TOKEN").value
    assert bob.http.post(f"/tool-calls/{call['id']}/approve").status_code == 403  # no token of his
    decided = anna.http.post(f"/tool-calls/{call['id']}/approve", data={"csrf_token": csrf})
    assert decided.status_code == 303 and decided.location.startswith("/messages/")
    assert anna.http.post(f"/tool-calls/{call['id']}/refuse", data={"csrf_token": csrf}).status_code == 409
    page = anna.get(f"/c/{conversation}/t/{root}").text
    assert "allowed by anna" in page and "/approve" not in page
    assert anna.tree(root)["items"][1]["tool_calls"][0]["arguments"] == evil


def test_words_of_a_call() -> None:
    by = {"display_name": "Bob"}
    assert call_status({"status": "refused", "decided_by": by}) == "refused by Bob"
    assert call_status({"status": "refused", "decided_by": None}) == "refused"
    assert call_status({"status": "done", "decided_by": by}) == "done, allowed by Bob"
    assert undirected("a\u200bb\u202ec\nd é") == "a\\u200bb\\u202ec\nd é"
