from __future__ import annotations

import copy
from typing import Any

import pytest
from flask import Flask

from app.models import features
from app.schemas.auth import Me, SignedIn
from tests.authenticator import PRESENT, Authenticator
from tests.blueprints.test_totp import set_up, unsafe
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database

DOOR = "/api/auth/passkeys"


def added(person: Person, key: Authenticator, name: str = "Phone") -> Any:
    asked = person.post(f"{DOOR}/options")
    assert asked.status_code == 200, asked.text
    return person.post(DOOR, {"name": name, "credential": key.make(asked.json["options"])})


def signed_in(person: Person, key: Authenticator) -> Any:
    asked = person.post(f"{DOOR}/sign-in/options")
    assert asked.status_code == 200, asked.text
    return person.post(f"{DOOR}/sign-in", {"credential": key.show(asked.json["options"])})


@pytest.fixture
def key(anna: Person) -> Authenticator:
    """Anna's."""
    made = Authenticator()
    assert added(anna, made).status_code == 201
    return made


def test_a_passkey_is_added_used_renamed_and_removed(anna: Person, stranger: Person) -> None:
    key = Authenticator()
    made = added(anna, key, "  My   phone ")
    assert made.status_code == 201 and set(made.json) == {"id", "name", "created_at", "last_used_at"}
    assert made.json["name"] == "My phone" and made.json["last_used_at"] is None
    done = signed_in(stranger, key)
    assert done.status_code == 200 and SignedIn().validate(done.json) == {}
    assert done.json["session"]["method"] == "passkey" and done.json["user"]["has_passkey"] is True
    assert stranger.get("/api/auth/me").json["user"]["username"] == "anna"
    [listed] = anna.get(DOOR).json["items"]
    assert listed["last_used_at"] is not None
    path = f"{DOOR}/{listed['id']}"
    assert unsafe(anna, "PATCH", path, {"name": "Old phone"}).json["name"] == "Old phone"
    assert unsafe(anna, "DELETE", path, {}).status_code == 204
    assert anna.get(DOOR).json["items"] == []
    assert signed_in(Person(stranger.http.application), key).status_code == 401


def test_what_the_browser_is_asked(anna: Person, stranger: Person, key: Authenticator) -> None:
    options = anna.post(f"{DOOR}/options").json["options"]
    assert options["rp"] == {"id": "localhost", "name": "Palaver"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert len(options["excludeCredentials"]) == 1
    answer = stranger.post(f"{DOOR}/sign-in/options")
    assert answer.json["options"]["allowCredentials"] == [] and answer.json["options"]["userVerification"] == "required"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and f"Path={DOOR}" in cookie and "Max-Age=300" in cookie


@pytest.mark.parametrize("lie", ["origin", "site", "unverified", "absent", "signature", "unknown", "nobody", "another"])
def test_an_answer_that_is_not_true_is_refused(
    anna: Person, bob: Person, stranger: Person, key: Authenticator, database: Database, lie: str
) -> None:
    assert signed_in(stranger, key).status_code == 200
    options = stranger.post(f"{DOOR}/sign-in/options").json["options"]
    other = Authenticator()
    match lie:
        case "origin":
            key.origin = "https://evil.example"
        case "site":
            key.rp_id = "evil.example"
        case "unverified":
            key.flags = PRESENT
        case "absent":
            key.flags = 0
        case "signature":
            key.key = other.key
        case "unknown":
            key.id = other.id
        case "nobody":
            key.handle = b""
        case "another":
            assert added(bob, other).status_code == 201
            key.handle = other.handle
    answer = stranger.post(f"{DOOR}/sign-in", {"credential": key.show(options)})
    assert (answer.status_code, answer.json["code"]) == (401, "PV.AUTH.INVALID_CREDENTIALS")
    assert database.query("select count(*) from palaver.audit where action = 'passkey.refused'") == [(1,)]


def test_a_challenge_is_answered_once(stranger: Person, key: Authenticator, database: Database) -> None:
    key.counts = False  # so that only the challenge can tell
    answer = {"credential": key.show(stranger.post(f"{DOOR}/sign-in/options").json["options"])}
    ticket = stranger.http.get_cookie("PASSKEY", path=DOOR).value
    assert stranger.post(f"{DOOR}/sign-in", answer).status_code == 200
    thief = Person(stranger.http.application)
    thief.http.set_cookie("PASSKEY", ticket, path=DOOR)
    assert thief.post(f"{DOOR}/sign-in", answer).status_code == 401
    assert database.query("select count(*) from palaver.sessions where method = 'passkey'") == [(1,)]


def test_an_answer_belongs_to_the_browser_that_was_asked(anna: Person, stranger: Person, key: Authenticator) -> None:
    options = stranger.post(f"{DOOR}/sign-in/options").json["options"]
    thief = Person(stranger.http.application)
    assert thief.post(f"{DOOR}/sign-in", {"credential": key.show(options)}).status_code == 422
    mine = anna.post(f"{DOOR}/options").json["options"]  # a ticket to add is none to sign in
    assert anna.post(f"{DOOR}/sign-in", {"credential": key.show(mine)}).status_code == 422
    thief.http.set_cookie("PASSKEY", "x.1.y", path=DOOR)
    assert thief.post(f"{DOOR}/sign-in", {"credential": key.show(options)}).status_code == 422
    assert stranger.post(f"{DOOR}/sign-in", {"credential": key.show(options)}).status_code == 200


def test_a_ticket_ends_after_five_minutes(
    stranger: Person, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services import passkeys

    answer = {"credential": key.show(stranger.post(f"{DOOR}/sign-in/options").json["options"])}
    real = passkeys.time.time
    monkeypatch.setattr(passkeys.time, "time", lambda: real() + 301)
    assert stranger.post(f"{DOOR}/sign-in", answer).status_code == 422
    monkeypatch.undo()
    assert stranger.post(f"{DOOR}/sign-in", answer).status_code == 200


def test_a_count_that_does_not_grow_betrays_a_copy(stranger: Person, key: Authenticator) -> None:
    thief = copy.deepcopy({"key": None}) and copy.copy(key)
    assert signed_in(stranger, key).status_code == signed_in(stranger, key).status_code == 200
    assert signed_in(Person(stranger.http.application), thief).status_code == 401


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"id": 5}, {"id": "x", "rawId": "x", "type": "public-key", "response": {}}, {"response": []},
     {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "",
      "signature": "", "userHandle": "\x00", "attestationObject": "n" * 2000}}],
)  # fmt: skip
def test_nonsense_is_refused_without_a_fuss(anna: Person, stranger: Person, nonsense: dict[str, Any]) -> None:
    stranger.post(f"{DOOR}/sign-in/options")
    assert stranger.post(f"{DOOR}/sign-in", {"credential": nonsense}).status_code == 401
    anna.post(f"{DOOR}/options")
    assert anna.post(DOOR, {"name": "x", "credential": nonsense}).status_code == 422
    assert anna.post(DOOR, {"name": "x", "credential": 5}).status_code == 422


@pytest.mark.parametrize("lie", ["origin", "site", "unverified"])
def test_a_new_passkey_must_be_true_too(anna: Person, lie: str) -> None:
    key = Authenticator()
    if lie == "unverified":
        key.flags = PRESENT
    else:
        setattr(key, {"origin": "origin", "site": "rp_id"}[lie], "https://evil.example")
    answer = added(anna, key)
    assert (answer.status_code, answer.json["code"]) == (422, "PV.VALIDATION")
    assert anna.get(DOOR).json["items"] == []


def test_adding_needs_a_fresh_sign_in_or_the_password(anna: Person, database: Database) -> None:
    assert anna.post(f"{DOOR}/options").status_code == 200
    database.query("update palaver.sessions set created_at = created_at - interval '11 minutes'")
    answer = anna.post(f"{DOOR}/options")
    assert (answer.status_code, answer.json["code"]) == (403, "PV.AUTH.PROOF_REQUIRED")
    assert anna.post(f"{DOOR}/options", {"password": "wrong"}).status_code == 401
    assert anna.post(f"{DOOR}/options", {"password": PASSWORD}).status_code == 200


def test_one_s_passkeys_are_one_s_own(anna: Person, bob: Person, key: Authenticator) -> None:
    [mine] = anna.get(DOOR).json["items"]
    path = f"{DOOR}/{mine['id']}"
    assert bob.get(DOOR).json["items"] == []
    assert unsafe(bob, "PATCH", path, {"name": "x"}).status_code == 404
    assert unsafe(bob, "DELETE", path, {}).status_code == 404
    assert added(bob, key).status_code == 409  # the same credential again
    assert unsafe(anna, "PATCH", path, {"name": "  "}).status_code == 422


def test_a_disabled_account_has_no_way_in(bob: Person, stranger: Person) -> None:
    from app.models import users

    key = Authenticator()
    added(bob, key)
    assert signed_in(stranger, key).status_code == 200
    users.disable("bob", True)
    assert signed_in(Person(stranger.http.application), key).status_code == 403


def test_a_passkey_is_a_second_factor(anna: Person, bob: Person, app: Flask, key: Authenticator) -> None:
    set_up(anna)
    strange = Authenticator()
    added(bob, strange)
    half = Person(app).sign_in("anna")
    assert half.get("/api/conversations").json["code"] == "PV.AUTH.SECOND_FACTOR"
    options = half.post(f"{DOOR}/verify/options").json["options"]
    assert len(options["allowCredentials"]) == 1
    assert half.post(f"{DOOR}/verify", {"credential": strange.show(options)}).status_code == 401
    before = half.http.get_cookie("SESSION_ID").value
    done = half.post(f"{DOOR}/verify", {"credential": key.show(options)})
    assert done.status_code == 200 and Me().validate(done.json) == {}
    assert half.http.get_cookie("SESSION_ID").value != before
    assert half.get("/api/conversations").status_code == 200
    assert half.get("/api/auth/me").json["session"]["second_factor"] == "passkey"
    assert signed_in(Person(app), key).json["session"]["awaits_second_factor"] is False


def test_who_has_no_passkey_is_told(anna: Person) -> None:
    assert anna.post(f"{DOOR}/verify/options").status_code == 409


def test_required_and_only_a_passkey(anna: Person, app: Flask, key: Authenticator) -> None:
    app.extensions["features"].set_switched(features.switch(anna.id, "require_totp", True))
    assert anna.get("/api/conversations").status_code == 200  # it was made in this session
    half = Person(app).sign_in("anna")
    assert half.get("/api/conversations").json["code"] == "PV.AUTH.SECOND_FACTOR"
    options = half.post(f"{DOOR}/verify/options").json["options"]
    assert half.post(f"{DOOR}/verify", {"credential": key.show(options)}).status_code == 200
    assert half.get("/api/conversations").status_code == 200
    other = Person(app)
    assert signed_in(other, key).status_code == 200 and other.get("/api/conversations").status_code == 200


def test_passkeys_belong_to_the_public_address(config: Any) -> None:
    from app import create_app

    public = create_app(with_options(config, "server", public_url="https://chat.example.org/"))
    anna = Person(public)
    anna.post("/api/setup", {"username": "anna", "email": "anna@example.org", "password": PASSWORD})
    assert added(anna, Authenticator()).status_code == 422
    key = Authenticator("https://chat.example.org")
    assert added(anna, key).status_code == 201
    assert signed_in(Person(public), key).status_code == 200


def test_nothing_secret_is_answered_or_written_down(anna: Person, key: Authenticator, database: Database) -> None:
    listed = anna.get(DOOR).text
    assert "credential" not in listed and "public_key" not in listed
    [(count,)] = database.query("select count(*) from palaver.passkey_challenges")
    assert count == 1  # asking alone stores nothing
    for _ in range(3):
        Person(anna.http.application).post(f"{DOOR}/sign-in/options")
    assert database.query("select count(*) from palaver.passkey_challenges") == [(1,)]


def test_a_passkey_is_enough_where_a_second_factor_is_required(anna: Person, bob: Person, app: Flask) -> None:
    app.extensions["features"].set_switched(features.switch(anna.id, "require_totp", True))
    assert bob.get("/api/conversations").json["code"] == "PV.AUTH.ENROLL"
    assert added(bob, Authenticator()).status_code == 201
    assert bob.get("/api/conversations").status_code == 200


@pytest.mark.parametrize("name", ["Pho\u202ene", "\u200b", "\x1b[2J"])
def test_a_name_that_misleads_is_refused(anna: Person, name: str) -> None:
    key = Authenticator()
    assert added(anna, key, name).status_code == 422
    made = added(anna, key)
    assert made.status_code == 201
    assert unsafe(anna, "PATCH", f"{DOOR}/{made.json['id']}", {"name": name}).status_code == 422


def test_a_refusal_that_cannot_be_stored_as_it_is_is_noted_all_the_same(
    stranger: Person, key: Authenticator, database: Database
) -> None:
    key.origin = "https://\ud800\x00.example"
    assert signed_in(stranger, key).status_code == 401
    [(why,)] = database.query("select details ->> 'why' from palaver.audit where action = 'passkey.refused'")
    assert "https://?.example" in why
