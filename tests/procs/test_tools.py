"""Servers of tools, who may use them, and the calls of an answer from the wish to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, db, events, features, members, messages, threads, tool_calls, tools
from tests.databases import Database
from tests.procs.conftest import post

SERVER = "01990000-0000-7000-8000-00000000000a"
OTHER = "01990000-0000-7000-8000-00000000000b"
SCHEMA = {"type": "object", "properties": {}}
HTTP = {"name": "clock", "transport": "http", "url": "http://127.0.0.1:1/mcp"}
PROGRAM = {"name": "files", "transport": "stdio", "command": ["/bin/files", "-x"]}
OPERATOR = '{"actor_name": "operator"}'


def tool(name: str, description: str = "") -> dict[str, Any]:
    return {"name": name, "description": description, "input_schema": SCHEMA}


@pytest.fixture
def palaver(database: Database) -> str:
    return database.query("select id::text from palaver.users where kind = 'assistant'")[0][0]


@pytest.fixture
def server(anna: str, palaver: str) -> str:
    """A server with two tools, of which `look` needs no approval, that the assistant may use."""
    tools.save(anna, SERVER, HTTP)
    tools.listed(anna, SERVER, [tool("look"), tool("set")], None)
    tools.set_tool(anna, SERVER, "look", None, False)
    tools.grant(anna, SERVER, palaver, None)
    features.switch(anna, "tools", True)
    return SERVER


@pytest.fixture
def lease(anna: str, bob: str, carol: str, palaver: str, server: str) -> str:
    """Of an answer to bob in a conversation of anna (owner), bob and carol."""
    group = conversations.create(anna, "group", "Garden", [bob, carol, palaver], None)["id"]
    post(bob, group, "@palaver when?", mentions=["palaver"])
    return claimed()["lease"]


def claimed() -> dict[str, Any]:
    [row] = answers.claim(5, 10, 100)
    return row


def message_of(database: Database) -> str:
    return database.query("select id::text from palaver.messages where role = 'assistant'")[0][0]


def wish(name: str, **more: Any) -> dict[str, Any]:
    return {"call_id": f"c_{name}", "name": name, "server_id": SERVER, "server": "clock", "tool": name,
            "arguments": '{"secret": "word"}', "error": None} | more  # fmt: skip


def statuses(database: Database) -> list[str]:
    return [s for (s,) in database.query("select status from palaver.tool_calls order by message_id, idx")]


def everything(actor: str | None) -> tuple[Callable[[], Any], ...]:
    return (
        lambda: tools.servers(actor), lambda: tools.save(actor, SERVER, {"name": "x"}),
        lambda: tools.delete(actor, SERVER), lambda: tools.secret(actor, SERVER),
        lambda: tools.listed(actor, SERVER, [], None), lambda: tools.set_tool(actor, SERVER, "x", True, True),
        lambda: tools.grant(actor, SERVER, SERVER, None), lambda: tools.revoke(actor, SERVER, SERVER),
    )  # fmt: skip


def test_administrators_add_addresses_and_only_the_operator_programs(anna: str, bob: str, database: Database) -> None:
    made = tools.save(anna, SERVER, HTTP | {"secrets": "00ff", "secret_names": ["X-Key"], "call_seconds": 5})
    assert (made["name"], made["secret_names"], made["call_seconds"], made["output_bytes"]) == (
        "clock",
        ["X-Key"],
        5,
        16384,
    )
    assert "00ff" not in str(tools.servers(anna)) and tools.secret(anna, SERVER)["secrets"] == "00ff"
    with pytest.raises(errors.Forbidden, match="operator"):
        tools.save(anna, OTHER, PROGRAM)
    db.context.set(OPERATOR)
    assert tools.save(None, OTHER, PROGRAM)["command"] == ["/bin/files", "-x"]
    assert [s["name"] for s in tools.servers(None)] == ["clock", "files"]
    db.context.set(None)
    for values in ({"command": ["/bin/sh"]}, {"secrets": "00"}, {"url": "http://x"}):
        with pytest.raises(errors.Forbidden, match="operator"):
            tools.save(anna, OTHER, values)
    assert not tools.save(anna, OTHER, {"is_enabled": False})["is_enabled"]
    for nobody in (bob, None):  # no actor is only the operator at the command line
        for act in everything(nobody):
            with pytest.raises(errors.Forbidden):
                act()
    tools.delete(anna, OTHER)
    actions = database.query("select action from palaver.audit where target_kind = 'tool_server' order by at, id")
    assert [a for (a,) in actions] == [
        "tool_server.added",
        "tool_server.added",
        "tool_server.changed",
        "tool_server.removed",
    ]


def test_names_and_transports(anna: str) -> None:
    tools.save(anna, SERVER, HTTP)
    with pytest.raises(errors.Conflict, match="this name"):
        tools.save(anna, OTHER, HTTP)
    with pytest.raises(errors.Conflict, match="cannot be changed"):
        tools.save(anna, SERVER, PROGRAM)
    with pytest.raises(errors.NotFound):
        tools.save(anna, OTHER, {"name": "x"})
    with pytest.raises(errors.Invalid):
        tools.save(anna, SERVER, {"name": "No spaces"})


def test_a_tool_that_changed_needs_approval_again(anna: str, server: str) -> None:
    def state() -> dict[str, bool]:
        return {t["name"]: t["needs_approval"] for t in tools.servers(anna)[0]["tools"]}

    assert state() == {"look": False, "set": True}
    tools.listed(anna, server, [tool("look"), tool("set")], None)
    assert state() == {"look": False, "set": True}
    assert tools.listed(anna, server, [], "cannot be reached")["error"] == "cannot be reached" and len(state()) == 2
    tools.listed(anna, server, [tool("look", "Looks, and sends it away"), tool("new")], None)
    assert state() == {"look": True, "new": True}
    with pytest.raises(errors.NotFound):
        tools.set_tool(anna, server, "set", True, None)


def test_what_an_assistant_may_use(anna: str, server: str, lease: str, palaver: str) -> None:
    def offered() -> list[str]:
        found = tool_calls.context(lease, False)
        assert found is not None
        return [t["name"] for t in found["tools"]]

    assert offered() == ["look", "set"]
    tools.set_tool(anna, server, "look", False, None)
    assert offered() == ["set"]
    tools.grant(anna, server, palaver, ["look"])
    assert offered() == []
    tools.set_tool(anna, server, "look", True, None)
    assert offered() == ["look"]
    features.switch(anna, "tools", False)
    assert offered() == []
    features.switch(anna, "tools", True)
    tools.save(anna, server, {"is_enabled": False})
    assert offered() == []
    tools.save(anna, server, {"is_enabled": True})
    assert offered() == ["look"]
    tools.revoke(anna, server, palaver)
    assert offered() == [] and tool_calls.context(SERVER, True) is None


def test_a_call_that_needs_no_approval(carol: str, lease: str, database: Database) -> None:
    made = tool_calls.begin(lease, [wish("look"), wish("fly", server_id=None), wish("look", error="no JSON")], 3, 7)
    assert made and [(c["idx"], c["round"], c["status"], c["text_length"]) for c in made] == [
        (0, 1, "approved", 7), (1, 1, "failed", 7), (2, 1, "failed", 7),
    ]  # fmt: skip
    assert [c["output"] for c in made] == [None, "There is no such tool.", "no JSON"]
    assert database.query("select first_idx from palaver.jobs") == [(3,)]
    reached = tool_calls.start(lease, made[0]["id"])
    assert reached and reached["url"] == HTTP["url"] and tool_calls.start(lease, made[0]["id"]) is None
    assert tool_calls.end(lease, made[0]["id"], "noon", False) and not tool_calls.end(lease, made[0]["id"], "x", False)
    assert not tool_calls.wait(lease, None)  # nothing is to be decided
    shown = messages.get(carol, message_of(database))["tool_calls"]
    assert (shown[0]["tool"], shown[0]["status"], shown[0]["output"]) == ("look", "done", "noon")
    kinds = [k for (k,) in database.query("select kind from palaver.events where kind like 'tool.%' order by pos")]
    assert kinds == ["tool.called"] * 3 + ["tool.updated"] * 2
    [again] = [c for c in tool_calls.begin(lease, [wish("look")], 3, 9) or [] if c["round"] == 2]
    assert again["idx"] == 3
    tool_calls.begin(lease, [wish("look")], 3, 9, {"total_tokens": 5})
    context = tool_calls.context(lease, False)
    assert context and context["usage"] == {"total_tokens": 5}


def test_who_may_decide_and_only_once(
    anna: str, bob: str, carol: str, make_user: Any, lease: str, database: Database
) -> None:
    made = tool_calls.begin(lease, [wish("set"), wish("set"), wish("look")], 0, 0)
    assert made and [c["status"] for c in made] == ["pending", "pending", "approved"]
    one, other, _ = (c["id"] for c in made)
    assert tool_calls.wait(lease, {"total_tokens": 3})
    assert database.query("select lease, waits_until > now() + interval '50 minutes' from palaver.jobs") == [
        (None, True)
    ]
    assert answers.claim(5, 10, 100) == [] and answers.reap() == 0
    with pytest.raises(errors.NotFound):
        tool_calls.decide(make_user("dave"), one, True)
    with pytest.raises(errors.Forbidden, match="who asked"):
        tool_calls.decide(carol, one, True)
    assert tool_calls.decide(bob, one, True)["decided_by"]["username"] == "bob"
    assert answers.claim(5, 10, 100) == []  # the other one is still to be decided
    for late in (True, False):
        with pytest.raises(errors.Conflict, match="already"):
            tool_calls.decide(anna, one, late)
    refused = tool_calls.decide(anna, other, False)
    assert (refused["status"], refused["output"]) == ("refused", "A person refused this call.")
    job = claimed()
    context = tool_calls.context(job["lease"], False)
    assert context and [c["status"] for c in context["calls"]] == ["approved", "refused", "approved"]
    assert context["usage"] == {"total_tokens": 3} and (job["first_idx"], job["so_far"]) == (0, None)


def test_two_decisions_at_once(anna: str, bob: str, lease: str, database: Database) -> None:
    [call] = tool_calls.begin(lease, [wish("set")], 0, 0) or []
    assert tool_calls.wait(lease, None)
    db.configure(database.runtime, 8)
    ends: list[str] = []

    def decide(actor: str, is_allowed: bool) -> None:
        try:
            ends.append(tool_calls.decide(actor, call["id"], is_allowed)["status"])
        except errors.Conflict:
            ends.append("late")

    both = [threading.Thread(target=decide, args=given) for given in ((anna, True), (bob, False)) * 3]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(ends)[:-1] == ["late"] * 5 if "refused" in ends else sorted(ends)[1:] == ["late"] * 5
    assert statuses(database)[0] in ends


def test_a_decision_before_the_writer_waits(bob: str, lease: str, database: Database) -> None:
    [call] = tool_calls.begin(lease, [wish("set")], 0, 0) or []
    tool_calls.decide(bob, call["id"], True)
    assert not tool_calls.wait(lease, None) and tool_calls.start(lease, call["id"])


def test_nobody_decides(lease: str, database: Database) -> None:
    tool_calls.begin(lease, [wish("set")], 0, 0)
    assert tool_calls.wait(lease, None)
    answers.reap()
    assert statuses(database) == ["pending"]
    database.query("update palaver.jobs set waits_until = now() - interval '1 second'")
    answers.reap()
    context = tool_calls.context(claimed()["lease"], False)
    assert context and [(c["status"], c["output"]) for c in context["calls"]] == [
        ("refused", "Nobody allowed this call in time.")
    ]


def test_stopping_while_it_waits(bob: str, lease: str, database: Database) -> None:
    place = database.query(
        "select conversation_id::text, root_id::text, id::text from palaver.messages where role = 'assistant'"
    )
    keys = dict(zip(("conversation_id", "root_id", "message_id"), place[0], strict=True))
    answers.append([keys | {"lease": lease, "idx": 0, "content": "Let me see."}])
    [call] = tool_calls.begin(lease, [wish("set")], 1, 11) or []
    assert tool_calls.wait(lease, None)
    ended = messages.cancel(bob, message_of(database))
    assert (ended["finish_reason"], ended["content"]) == ("cancelled", "Let me see.")
    assert [c["status"] for c in ended["tool_calls"]] == ["refused"]
    with pytest.raises(errors.Conflict):
        tool_calls.decide(bob, call["id"], True)


def test_stopping_just_before_it_waits(bob: str, lease: str, database: Database) -> None:
    tool_calls.begin(lease, [wish("set")], 0, 0)
    messages.cancel(bob, message_of(database))
    assert tool_calls.wait(lease, None)
    assert messages.get(bob, message_of(database))["finish_reason"] == "cancelled" and statuses(database) == ["refused"]


def test_a_killed_writer_s_call_is_not_made_again(bob: str, lease: str, database: Database) -> None:
    made = tool_calls.begin(lease, [wish("look"), wish("look")], 0, 0)
    assert made and tool_calls.start(lease, made[0]["id"])
    database.query("update palaver.jobs set lease_expires_at = now() - interval '1 second'")
    assert answers.reap() == 1
    job = claimed()
    context = tool_calls.context(job["lease"], False)
    assert context and [c["status"] for c in context["calls"]] == ["failed", "approved"]
    assert "not known" in context["calls"][0]["output"]
    assert tool_calls.start(job["lease"], made[0]["id"]) is None and tool_calls.start(job["lease"], made[1]["id"])
    assert tool_calls.begin(lease, [wish("look")], 0, 0) is None and not tool_calls.end(
        lease, made[1]["id"], "x", False
    )


def test_a_writer_that_stops_in_good_order_leaves_no_call_running(lease: str, database: Database) -> None:
    made = tool_calls.begin(lease, [wish("look")], 0, 0)
    assert made and tool_calls.start(lease, made[0]["id"])
    assert answers.release(lease) and statuses(database) == ["failed"]


def test_a_tool_that_was_forbidden_meanwhile(anna: str, server: str, lease: str, database: Database) -> None:
    [call] = tool_calls.begin(lease, [wish("look")], 0, 0) or []
    tools.set_tool(anna, server, "look", False, None)
    assert tool_calls.start(lease, call["id"]) is None and statuses(database) == ["failed"]


def test_a_deleted_answer_loses_its_calls(bob: str, carol: str, lease: str, database: Database) -> None:
    [call] = tool_calls.begin(lease, [wish("look")], 0, 0) or []
    tool_calls.start(lease, call["id"])
    tool_calls.end(lease, call["id"], "the password is mellon", False)
    answers.finish(lease, "done", "stop", None, None, None)

    def everything() -> str:
        rows = database.query(
            "select payload::text from palaver.events union all select payload::text from palaver.outbox"
        )
        return "".join(text for (text,) in rows)

    answer = messages.get(carol, message_of(database))
    tree = threads.tree(carol, answer["root_id"], None, None, 10)["items"]
    assert "mellon" in everything() and "word" in everything() and "mellon" in str(tree)
    assert "tool_calls" not in tree[0]  # a question says nothing of it
    messages.delete(bob, answer["id"])
    events.publish()
    assert "mellon" not in everything() and "word" not in everything()
    assert "tool_calls" not in messages.get(carol, answer["id"])
    with pytest.raises(errors.NotFound):
        tool_calls.decide(bob, call["id"], True)
    assert messages.restore(bob, answer["id"], 30)["tool_calls"][0]["output"] == "the password is mellon"
    messages.delete(bob, answer["id"])
    database.query("update palaver.messages set deleted_at = now() - interval '40 days' where id = %s", answer["id"])
    assert messages.purge(30, 10) == 1 and statuses(database) == []


def test_who_left_decides_no_more(anna: str, bob: str, lease: str, database: Database) -> None:
    [call] = tool_calls.begin(lease, [wish("set")], 0, 0) or []
    conversation = database.query("select conversation_id::text from palaver.messages limit 1")[0][0]
    members.remove(anna, conversation, bob)
    with pytest.raises(errors.NotFound):
        tool_calls.decide(bob, call["id"], True)
    assert tool_calls.decide(anna, call["id"], True)["status"] == "approved"
