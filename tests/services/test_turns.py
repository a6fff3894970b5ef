"""A process asks for all its requests whose turn it is."""

from __future__ import annotations

import gevent
import pytest
from flask import Flask

from app.models import completions
from app.services import turns as service
from app.services.turns import Turn, Turns
from tests.conftest import Person
from tests.databases import Database


@pytest.fixture
def model(database: Database) -> str:
    [(model,)] = database.query("select id::text from palaver.models where is_default")
    database.query("update palaver.providers set max_concurrent = 1")
    return str(model)


@pytest.fixture
def turns(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Turns:
    monkeypatch.setattr(service, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(service, "BEAT_SECONDS", 0.05)
    made: Turns = app.extensions["turns"]
    return made


def begun(turns: Turns, anna: Person) -> Turn:
    row = completions.ask(anna.id, "local", False, 1, 1, 10, turns.local, 60)["turn"]
    return turns.take(anna.id, row)


def test_one_after_the_other(turns: Turns, anna: Person, model: str, database: Database) -> None:
    with begun(turns, anna) as first:
        assert first.wait(0) and first.place == 0 and first.asked["model"]["id"] == model
        with begun(turns, anna) as second, begun(turns, anna) as third:
            assert not second.wait(0.05) and (second.place, third.place) == (1, 2)
            first.end("stop", 3)
            assert second.wait(5) and not third.wait(0.05) and third.place == 1
        assert database.query("select count(*) from palaver.jobs") == [(0,)]


def test_a_request_that_was_given_up_by_others_stops(
    turns: Turns, anna: Person, model: str, database: Database
) -> None:
    with begun(turns, anna) as running, begun(turns, anna) as waiting:
        assert running.wait(1) and not waiting.wait(0)
        database.query("delete from palaver.jobs")
        assert not waiting.wait(5) and running.lost.wait(5)


def test_a_request_that_breaks_leaves_no_job(turns: Turns, anna: Person, model: str, database: Database) -> None:
    def breaks() -> None:
        with begun(turns, anna) as turn:
            assert turn.wait(1)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        breaks()
    gevent.sleep(0)
    assert database.query("select count(*) from palaver.jobs") == [(0,)]
