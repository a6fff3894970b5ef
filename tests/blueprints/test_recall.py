"""At which doors somebody is known again, and that a post is one round trip. Hearing is played; the real bus is in
tests/streams/test_remembered.py."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from flask import Flask

from app.blueprints.recall import DOORS
from app.models import db
from app.services.remembered import Remembered
from tests.conftest import Person
from tests.databases import Database


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The round trips to the database, by function."""
    made: list[str] = []
    call = db.Pool._call

    def count(self: db.Pool, function: str, args: tuple[Any, ...]) -> Any:
        made.append(function)
        return call(self, function, args)

    monkeypatch.setattr(db.Pool, "_call", count)
    monkeypatch.setattr(db, "after_write", lambda: None)
    return made


@pytest.fixture
def remembered(app: Flask) -> Remembered:
    held: Remembered = app.extensions["remembered"]
    held.hearing = lambda: 1
    return held


def csrf(person: Person) -> dict[str, str]:
    return {"X-CSRF-TOKEN": person.http.get_cookie("CSRF-TOKEN").value}


def test_nobody_is_remembered_where_it_is_decided_who_may_what(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    known = {rule for rule in rules if DOORS.match(rule)}
    assert {"/api/messages/<uuid:message_id>/reply", "/api/users", "/c/<uuid:conversation_id>", "/"} <= known
    sensitive = re.compile(r"^/settings|/(auth|oauth|admin|setup|sign-.*|confirm|register|verify|reset|forgot|me)(/|$)")
    assert len({rule for rule in rules if sensitive.search(rule)}) > 40
    assert not {rule for rule in known if sensitive.search(rule)}


def during(calls: list[str], answer: Any, status: int) -> list[str]:
    assert answer.status_code == status, answer.text
    made, calls[:] = list(calls), []
    return made


def test_a_post_is_one_round_trip(remembered: Remembered, anna: Person, calls: list[str]) -> None:
    group = anna.converse("group")
    root = anna.begin(group)["id"]
    calls.clear()
    reply = anna.post(f"/api/messages/{root}/reply", {"content": "yes"})
    assert during(calls, reply, 201) == ["message_post"]
    assert during(calls, anna.post(f"/api/threads/{group}/root", {"content": "new"}), 201) == ["message_post"]
    assert during(calls, anna.get(f"/api/threads/{root}/tree"), 200) == ["thread_tree"]
    # Another client is not known, nor is anybody where it is decided who may sign in, nor while nothing is heard.
    other = anna.get(f"/api/messages/{root}", headers={"User-Agent": "another"})
    assert during(calls, other, 200) == ["session_load", "message_get"]
    assert during(calls, anna.get("/api/auth/me"), 200) == ["session_load"]
    own = anna.http.patch("/api/users/me", json={"theme": "dark"}, headers=csrf(anna))
    assert during(calls, own, 200)[0] == "session_load"
    assert len(remembered) == 0  # it may have changed what is remembered of her
    assert during(calls, anna.get(f"/api/messages/{root}"), 200)[0] == "session_load"
    remembered.hearing = lambda: 0
    assert during(calls, anna.get(f"/api/messages/{root}"), 200) == ["session_load", "message_get"]


def test_so_is_one_with_a_key(remembered: Remembered, app: Flask, anna: Person, calls: list[str]) -> None:
    group = anna.converse("group")
    made = anna.post("/api/auth/keys", {"name": "bot", "scopes": ["write"]}).json
    bearer = {"Authorization": f"Bearer {made['token']}"}
    program = app.test_client()
    calls.clear()
    for expected in (["key_load", "message_post"], ["message_post"]):
        answer = program.post(f"/api/threads/{group}/root", json={"content": "beep"}, headers=bearer)
        assert during(calls, answer, 201) == expected
    # What is remembered is who it is, not what he may: the scope is asked for every time.
    assert program.get(f"/api/conversations/{group}", headers=bearer).status_code == 403


def test_signing_out_is_known_at_once(remembered: Remembered, anna: Person) -> None:
    tokens = {name: anna.http.get_cookie(name).value for name in ("SESSION_ID", "CSRF-TOKEN")}
    assert anna.get("/api/conversations").status_code == 200
    assert len(remembered) == 1
    assert anna.post("/api/auth/logout").status_code == 200
    assert len(remembered) == 0
    for name, value in tokens.items():  # the browser is told to forget them; a thief would not
        anna.http.set_cookie(name, value)
    assert anna.get("/api/conversations").status_code == 401


def test_a_session_ends_and_rotates_as_before(remembered: Remembered, anna: Person, database: Database) -> None:
    assert anna.get("/api/conversations").status_code == 200
    database.query("update palaver.sessions set rotated_at = now() - interval '5 hours'")
    remembered.forget(anna.id)  # what the bus would say
    before = anna.http.get_cookie("SESSION_ID").value
    assert anna.get("/api/conversations").headers["X-Session-Rotated"] == "1"
    assert anna.http.get_cookie("SESSION_ID").value != before
    assert len(remembered) == 0  # who is to get another token is looked up until he has it

    database.query("update palaver.sessions set last_seen_at = now(), expires_at = now() + interval '0.7 seconds'")
    assert anna.get("/api/conversations").status_code == 200
    assert len(remembered) == 1
    time.sleep(0.8)  # nobody tells when a session merely runs out
    assert anna.get("/api/conversations").status_code == 401


def test_a_suspicious_client_gains_nothing(remembered: Remembered, anna: Person, database: Database) -> None:
    assert anna.get("/api/conversations").status_code == 200
    thief = anna.get("/api/conversations", headers={"User-Agent": "a thief's"})
    [(suspicious,)] = database.query("select suspicious_at is not null from palaver.sessions")
    assert thief.status_code == (401 if suspicious else 200)
