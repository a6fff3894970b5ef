from __future__ import annotations

import re

from flask import Flask

from tests.blueprints.test_keys import Robot
from tests.conftest import PASSWORD, Person
from tests.databases import Database
from tests.pages.forms import form_of, submit


def test_a_key_is_made_seen_once_and_revoked(app: Flask, anna: Person) -> None:
    page = anna.get("/settings/keys")
    made = submit(anna, page, "/settings/keys", name="Backup <script>", scopes=["read", "write"])
    assert made.status_code == 201 and "Backup &lt;script&gt;" in made.text
    [token] = re.findall(r"pv_[\w-]{43}", made.text)
    assert Robot(app, token).get("/api/auth/me").json["key"]["scopes"] == ["read", "write"]
    page = anna.get("/settings/keys")
    assert token not in page.text and token[:9] in page.text
    [revoke] = re.findall(r'action="(/settings/keys/[^"]+/revoke)"', page.text)
    assert submit(anna, page, revoke).location == "/settings/keys"
    assert Robot(app, token).get("/api/auth/me").status_code == 401
    assert token[:9] not in anna.get("/settings/keys").text
    assert submit(anna, page, revoke).status_code == 404


def test_the_password_is_asked_for_some_time_after_signing_in(anna: Person, database: Database) -> None:
    typed = {"name": "Robot", "scopes": ["read"]}
    page = anna.get("/settings/keys")
    assert "password" not in form_of(page, "/settings/keys").fields
    database.query("update palaver.sessions set created_at = now() - interval '11 minutes'")
    assert submit(anna, page, "/settings/keys", **typed).status_code == 403
    page = anna.get("/settings/keys")
    assert form_of(page, "/settings/keys").fields["password"] == ""
    wrong = submit(anna, page, "/settings/keys", **typed, password="wrong horse")
    assert wrong.status_code == 401 and "wrong horse" not in wrong.text
    assert submit(anna, page, "/settings/keys", **typed, password=PASSWORD).status_code == 201


def test_what_is_wrong_is_said_and_what_was_typed_stays(anna: Person) -> None:
    page = anna.get("/settings/keys")
    for typed, said in (
        ({"name": " "}, "Give the key a name"),
        ({"name": "Robot", "scopes": []}, "Choose what the key may do"),
        ({"name": "Robot", "days": "7"}, "how long"),
    ):
        answer = submit(anna, page, "/settings/keys", **{"name": "Robot", "scopes": ["read"]} | typed)
        assert answer.status_code == 422 and said in answer.text
    assert 'value="Robot"' in answer.text
    assert "Revoke" not in anna.get("/settings/keys").text


def test_the_scope_for_administration_is_offered_to_administrators(anna: Person, bob: Person) -> None:
    assert 'value="admin"' in anna.get("/settings/keys").text
    page = bob.get("/settings/keys")
    assert 'value="admin"' not in page.text and 'value="v1"' in page.text
    assert submit(bob, page, "/settings/keys", name="x", scopes=["admin"]).status_code == 403
