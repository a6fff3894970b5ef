"""Answers that are not dumped by their schema are exactly what it would have made of them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.conftest import Person


def shape_of(app: Flask, endpoint: str) -> Any:
    """The schema that describes the successful answer of a door."""
    [described] = app.view_functions[endpoint]._apidoc["response"]["responses"][200]  # type: ignore[attr-defined]
    return described["schema"]


def test_what_is_ready_is_what_the_schema_says(app: Flask, anna: Person, bob: Person, assistant: str) -> None:
    group = anna.converse("group", members=(bob, assistant))
    root = anna.begin(group, "Hello @bob and @palaver, **all** of you")
    reply = bob.reply(root["id"], "yes <b>&</b> \u2028 💬", client_id="01990000-0000-4000-8000-000000000001")
    anna.reply(root["id"], "another branch")
    assert bob.post(f"/api/messages/{reply['id']}/delete").status_code == 200
    anna.begin(anna.converse("direct", members=(bob,)), "psst")
    anna.begin(anna.converse(), "a question")
    asked = {
        "messages.get": [f"/api/messages/{m['id']}" for m in anna.tree(root["id"])["items"]],
        "threads.tree": [f"/api/threads/{root['id']}/tree{more}" for more in ("", "?limit=1", "?after=0&limit=2")],
        "conversations.page": ["/api/conversations", "/api/conversations?limit=1"],
        "conversations.threads_of": [f"/api/conversations/{group}/threads"],
    }
    marked = {name for name, view in app.view_functions.items() if getattr(view, "is_ready", False)}
    assert marked == set(asked)
    for endpoint, paths in asked.items():
        shape = shape_of(app, endpoint)
        for path in paths:
            for person in (anna, bob):
                answer = person.get(path)
                assert answer.status_code == 200, answer.text
                assert answer.content_type == "application/json"
                assert shape.dump(answer.json) == answer.json, path
