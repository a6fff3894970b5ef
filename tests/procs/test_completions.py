"""Requests to /v1 wait in the same queue as answers."""

from __future__ import annotations

from typing import Any

import pytest

from app.core import errors
from app.models import answers, completions, conversations, db, keys, sessions
from tests.databases import Database
from tests.procs.conftest import post


@pytest.fixture
def model(database: Database) -> str:
    [(model,)] = database.query("select id::text from palaver.models where is_default")
    database.query("update palaver.providers set max_concurrent = 1")
    return str(model)


def begin(actor: str) -> Any:
    return completions.ask(actor, "local", False, 1, 1, 10, 0, 60)["turn"]


def test_they_take_turns_with_answers(anna: str, bob: str, model: str) -> None:
    first = begin(anna)
    assert first["lease"] and first["asked"]["model"]["id"] == model
    post(bob, conversations.create(bob, "assistant", "Talk", [], None)["id"])
    second = begin(anna)
    assert (second["lease"], second["place"]) == (None, 2)
    assert answers.claim(5, 10, 0) == []
    assert completions.keep([first["id"], second["id"]], 10) == [second["id"]]
    assert not completions.end(bob, first["id"], "stop")
    assert completions.end(anna, first["id"], "stop", 12)
    assert completions.claim([second["id"]], 10, 0)[0]["lease"] is None
    [answer] = answers.claim(5, 10, 0)
    answers.finish(answer["lease"], "done", "stop", None, None, None)
    [taken] = completions.claim([first["id"], second["id"]], 10, 0)
    assert taken["id"] == second["id"] and taken["lease"]
    assert not completions.end(anna, first["id"], "stop")


def test_who_shows_no_sign_of_life_waits_no_more(anna: str, bob: str, model: str, database: Database) -> None:
    running, waiting = (begin(anna) for _ in range(2))
    database.query("update palaver.jobs set lease_expires_at = now() - interval '1 second'")
    other = begin(bob)
    assert other["place"] == 1 and not other["lease"]
    assert answers.reap() == 2
    assert completions.claim([running["id"], waiting["id"]], 10, 0) == []
    assert completions.claim([other["id"]], 10, 0)[0]["lease"]


def test_a_model_that_is_switched_off_is_not_asked(anna: str, model: str, database: Database) -> None:
    assert begin(anna)["lease"]
    database.query("update palaver.models set disabled_at = now()")
    with pytest.raises(errors.NotFound):
        begin(anna)


def test_who_is_switched_off_is_answered_no_longer(anna: str, bob: str, model: str, database: Database) -> None:
    database.query("update palaver.providers set max_concurrent = 2")
    first, second = (begin(person)["id"] for person in (anna, bob))
    assert completions.keep([first, second], 10) == []
    database.query("update palaver.users set disabled_at = now() where id = %s", bob)
    assert completions.keep([first, second], 10) == [second]


@pytest.mark.parametrize("came_with", ["key_id", "session_id"])
def test_what_came_with_a_key_or_session_ends_with_it(
    anna: str, model: str, database: Database, came_with: str
) -> None:
    table = "api_keys" if came_with == "key_id" else "sessions"
    if came_with == "key_id":
        made = keys.create(anna, "k", ["v1"], b"k" * 32, "pv_k", None)["id"]
    else:
        made = sessions.create(anna, b"s" * 32, "", None, 600, 600, 5, "password")["session"]["id"]
    token = db.context.set(f'{{"{came_with}": "{made}"}}')
    try:
        job = begin(anna)["id"]
    finally:
        db.context.reset(token)
    assert completions.keep([job], 10) == []
    database.query(f"update palaver.{table} set revoked_at = now() where id = %s", made)
    assert completions.keep([job], 10) == [job]
