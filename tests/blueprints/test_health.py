from __future__ import annotations

import pytest
from flask import Flask

from app.models import db, ledger
from tests.conftest import Person
from tests.databases import Database


def test_ready_when_every_file_is_applied(stranger: Person) -> None:
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "missing": []})


def test_not_ready_names_what_is_missing(stranger: Person, database: Database) -> None:
    database.query("delete from palaver.ledger where file = 'seed/assistant.sql'")
    database.query("update palaver.ledger set digest = 'x' where file = 'procs/messages/message_post.sql'")
    assert ledger.missing() == ["procs/messages/message_post.sql", "seed/assistant.sql"]
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (503, ledger.missing())


def test_without_a_database_everything_says_so(app: Flask, stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    db.configure("postgresql://nobody@127.0.0.1:1/none", 2)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (503, ["database"])
    answer = stranger.post("/api/auth/login", {"email": "anna", "password": "x"})
    assert (answer.status_code, answer.json["code"]) == (503, "PV.UNAVAILABLE")
    assert "127.0.0.1" not in answer.text


def test_a_worker_whose_loop_hangs_is_named_by_the_others(app: Flask, stranger: Person) -> None:
    pulse = app.extensions["pulse"]
    assert stranger.get("/healthz").json == {"status": "ok", "problems": []}
    pulse._write(3, 1.0, 1.0, 1.0, 4711)
    answer = stranger.get("/healthz")
    assert answer.status_code == 503
    assert "worker 4711" in answer.json["problems"][0]
    pulse.stop(3)
    assert stranger.get("/healthz").status_code == 200


def test_the_files_are_hashed_once_a_second_at_most(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    wanted = ledger.bootstrap.wanted
    monkeypatch.setattr(ledger.bootstrap, "wanted", lambda: hashed.append(1) or wanted())
    now = 1_000_000.1
    monkeypatch.setattr(ledger.time, "monotonic", lambda: now)
    for _ in range(3):
        assert stranger.get("/readyz").status_code == 200
    assert len(hashed) == 1
    now += 1
    assert stranger.get("/readyz").status_code == 200
    assert len(hashed) == 2
