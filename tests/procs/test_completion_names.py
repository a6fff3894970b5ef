"""What a request to /v1 may call its model."""

from __future__ import annotations

import pytest

from app.core import errors
from app.models import completions
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
