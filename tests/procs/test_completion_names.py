"""What a request to /v1 may call its model."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import errors
from app.models import completions, conversations
from tests.databases import Database


def test_models_and_assistants_have_names(anna: str, database: Database) -> None:
    assert {row["id"]: row["owned_by"] for row in completions.names()}["palaver"] == "assistant"
    model, assistant = completions.find(anna, "LOCAL"), completions.find(anna, "palaver")
    assert model["assistant_id"] is None and assistant["assistant_id"] and model["model_id"] == assistant["model_id"]
    with pytest.raises(errors.NotFound):
        completions.find(anna, "gpt-9")
    database.query("update palaver.models set name = 'Palaver'")
    assert completions.find(anna, "palaver")["assistant_id"] is None and len(completions.names()) == 1


def test_what_is_switched_off_has_none_and_readers_do_not_ask(anna: str, bob: str, database: Database) -> None:
    assert completions.find(bob, "local")
    database.query("update palaver.users set role = 'read_only' where id = %s", bob)
    with pytest.raises(errors.Forbidden):
        completions.find(bob, "local")
    database.query("update palaver.users set disabled_at = now() where username = 'palaver'")
    with pytest.raises(errors.NotFound):
        completions.find(anna, "palaver")
    database.query("update palaver.providers set disabled_at = now()")
    assert completions.names() == []
    with pytest.raises(errors.NotFound):
        completions.find(anna, "local")


def test_a_question_in_a_thread_gets_one_answer(anna: str, bob: str) -> None:
    model = completions.find(anna, "local")["model_id"]
    assistant = completions.find(anna, "palaver")["assistant_id"]
    talk = conversations.create(anna, "assistant", "Talk", [], None)["id"]

    def post(who: str, parent: str | None = None, client_id: str | None = None, **more: Any) -> dict[str, Any]:
        where = more.get("conversation", talk)
        return completions.post(who, where, parent, "hello", client_id, [], False, False, model, more.get("assistant"))

    retry = "01990000-0000-7000-8000-000000000001"
    first = post(anna, client_id=retry)
    assert first["answer"]["parent_id"] == first["message"]["id"] and first["answer"]["status"] == "streaming"
    assert post(anna, client_id=retry)["answer"]["id"] == first["answer"]["id"]
    assert post(anna, first["message"]["id"], assistant=assistant)["answer"]["author"]["id"] == assistant
    group = conversations.create(anna, "group", "Group", [], None)["id"]
    for wrong in ({"parent": first["message"]["id"], "conversation": group}, {"who": bob}):
        with pytest.raises(errors.NotFound):
            post(**{"who": anna} | wrong)
    with pytest.raises(errors.Conflict):
        post(anna, conversation=group, assistant=assistant)


def test_all_that_comes_before_is_one_call(anna: str, database: Database) -> None:
    asked = completions.ask(anna, "palaver", False, 10, None, 10, 0, 60)
    assert asked["found"] == completions.find(anna, "palaver") and asked["reservation"] is None
    assert asked["turn"]["lease"] and asked["turn"]["asked"]["assistant"]["id"] == asked["found"]["assistant_id"]
    assert "turn" not in completions.ask(anna, "local", True, 10, None, 10, 0, 60)
    database.query("update palaver.models set capabilities = '{vision}'")
    assert completions.ask(anna, "local", True, 10, None, 10, 0, 60)["turn"]
    with pytest.raises(errors.NotFound):
        completions.ask(anna, "gpt-9", False, 10, None, 10, 0, 60)
    database.query("insert into palaver.budgets (unit, period, amount) values ('answers', 'day', 3)")
    before = database.query("select count(*) from palaver.jobs")
    assert completions.ask(anna, "local", False, 10, 5, 10, 0, 60)["reservation"]
    database.query("update palaver.budgets set amount = 1")
    with pytest.raises(errors.RateLimited):
        completions.ask(anna, "local", False, 10, 5, 10, 0, 60)
    assert database.query("select count(*) from palaver.jobs") == [(before[0][0] + 1,)], "a refusal leaves no place"
