"""Linking accounts elsewhere to one's own, and registration by them."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

import pytest
from flask import Flask

from app import create_app
from app.core.settings import Config
from app.schemas.identities import IdentityList
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database
from tests.providers.cast import (
    PAGE,
    Trip,
    come_back,
    config,
    github,
    oidc,
    providers,
    refused_with,
    running,
    set_out,
    sign_in_with,
)
from tests.providers.github import GithubServer
from tests.providers.oidc import OidcServer


def link(person: Person, provider: str = "oidc") -> Trip:
    """Begin to link; the caller comes back."""
    begun = person.post(f"/api/auth/identities/{provider}")
    assert begun.status_code == 200, begun.text
    return Trip(begun.json["auth_url"])


def linked(person: Person) -> list[str]:
    return [item["provider"] for item in person.get("/api/auth/identities").json["items"]]


def test_linking_and_signing_in(anna: Person, app: Flask, database: Database) -> None:
    assert linked(anna) == []
    done = come_back(anna, link(anna))
    assert (done.status_code, done.location) == (303, "/settings/accounts")
    listed = anna.get("/api/auth/identities")
    assert IdentityList().validate(listed.json) == {}
    assert listed.json["items"][0]["name"] == "anna.lind" and listed.json["items"][0]["last_used_at"] is None
    other = Person(app)
    assert sign_in_with(other).status_code == 303
    assert other.get("/api/auth/me").json["user"]["id"] == anna.id
    assert anna.get("/api/auth/identities").json["items"][0]["last_used_at"]
    [(name, details)] = database.query(
        "select actor_name, details from palaver.audit where action = 'identity.linked'"
    )  # fmt: skip
    assert (name, details["provider"]) == ("anna", "oidc")
    assert come_back(anna, link(anna)).status_code == 303  # the same once more changes nothing
    assert linked(anna) == ["oidc"]


def test_programs_may_link_too(anna: Person) -> None:
    trip = link(anna, "github")
    done = anna.post("/api/oauth/github/manual", {"code": trip.given["code"], "state": trip.given["state"]})
    assert done.status_code == 200 and done.json["user"]["id"] == anna.id and linked(anna) == ["github"]


def test_another_site_cannot_begin_to_link(anna: Person) -> None:
    assert anna.get("/api/auth/identities/oidc").status_code == 405
    assert anna.http.post("/api/auth/identities/oidc", json={}).status_code == 403
    # A link on another page can make the browser sign in, but never link.
    assert sign_in_with(anna, next="/settings/accounts").status_code == 409
    assert linked(anna) == []


def test_only_the_session_that_began_links(anna: Person, bob: Person, stranger: Person) -> None:
    trip = link(anna)
    kept = anna.http.get_cookie("OAUTH-oidc", path="/api").value
    for other in (bob, stranger):
        other.http.set_cookie("OAUTH-oidc", kept, path="/api")
        assert refused_with(come_back(other, trip), 401, "not signed in any more")
    second = Person(anna.http.application).sign_in("anna")
    second.http.set_cookie("OAUTH-oidc", kept, path="/api")
    assert refused_with(come_back(second, trip), 401, "not signed in any more")
    assert linked(anna) == linked(bob) == []
    assert come_back(anna, trip).status_code == 303
    assert linked(anna) == ["oidc"]


def test_a_session_that_is_not_whole_does_not_link(anna: Person, database: Database) -> None:
    trip = link(anna)
    database.query("update palaver.sessions set suspicious_at = now()")
    assert anna.get(trip.path).json["code"] == "PV.AUTH.SUSPICIOUS"
    database.query("update palaver.sessions set suspicious_at = null, awaits_second_factor = true")
    assert anna.get(trip.path).json["code"] == "PV.AUTH.SECOND_FACTOR"
    database.query("update palaver.sessions set awaits_second_factor = false")
    assert come_back(anna, trip).status_code == 303


def test_an_old_session_gives_the_password_again(anna: Person, database: Database) -> None:
    database.query("update palaver.sessions set created_at = now() - interval '11 minutes'")
    asked = anna.post("/api/auth/identities/oidc")
    assert (asked.status_code, asked.json["code"]) == (403, "PV.AUTH.PROOF_REQUIRED")
    assert anna.post("/api/auth/identities/oidc", {"password": "wrong horse"}).status_code == 401
    assert anna.post("/api/auth/identities/oidc", {"password": PASSWORD}).status_code == 200


def test_the_second_factor_is_asked_for_here_too(anna: Person, app: Flask, database: Database) -> None:
    come_back(anna, link(anna))
    database.query("update palaver.users set totp_secret = 'x', totp_confirmed_at = now()")
    other = Person(app)
    sign_in_with(other)
    assert other.get("/api/conversations").json["code"] == "PV.AUTH.SECOND_FACTOR"
    assert other.post("/api/auth/identities/github").json["code"] == "PV.AUTH.SECOND_FACTOR"
    assert anna.get("/api/conversations").status_code == 200


def test_an_identity_has_one_owner(anna: Person, bob: Person) -> None:
    come_back(anna, link(anna))
    assert refused_with(come_back(bob, link(bob)), 409, "linked to somebody else")
    assert linked(bob) == [] and linked(anna) == ["oidc"]


def test_one_account_of_each_provider(anna: Person, oidc: OidcServer) -> None:
    come_back(anna, link(anna))
    oidc.person = {**oidc.person, "sub": "another"}
    assert refused_with(come_back(anna, link(anna)), 409, "unlink that one first")
    assert come_back(anna, link(anna, "github")).status_code == 303
    assert linked(anna) == ["oidc", "github"]


def test_unlinking(anna: Person, app: Flask, database: Database) -> None:
    come_back(anna, link(anna))
    elsewhere = Person(app)
    sign_in_with(elsewhere)
    by_password = Person(app).sign_in("anna")
    assert anna.http.delete("/api/auth/identities/oidc").status_code == 403  # without the CSRF token
    token = {"X-CSRF-TOKEN": anna.http.get_cookie("CSRF-TOKEN").value}
    gone = anna.http.delete("/api/auth/identities/oidc", headers=token)
    assert (gone.status_code, gone.json) == (200, {"items": []})
    assert elsewhere.get("/api/auth/me").status_code == 401
    assert anna.get("/api/auth/me").status_code == by_password.get("/api/auth/me").status_code == 200
    assert anna.http.delete("/api/auth/identities/oidc", headers=token).status_code == 404
    assert database.query("select count(*) from palaver.audit where action = 'identity.unlinked'") == [(1,)]
    assert refused_with(sign_in_with(elsewhere), 409, "Sign in to it")


def test_the_last_way_in_stays(anna: Person, stranger: Person, oidc: OidcServer, github: GithubServer) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    sign_in_with(stranger)
    token = {"X-CSRF-TOKEN": stranger.http.get_cookie("CSRF-TOKEN").value}
    kept = stranger.http.delete("/api/auth/identities/oidc", headers=token)
    assert (kept.status_code, kept.json["code"]) == (409, "PV.CONFLICT") and "only way" in kept.json["detail"]
    assert linked(stranger) == ["oidc"]
    come_back(stranger, link(stranger, "github"))
    assert stranger.http.delete("/api/auth/identities/oidc", headers=token).status_code == 200
    assert stranger.http.delete("/api/auth/identities/github", headers=token).status_code == 409
    # One that the server does not offer any more is no way in.
    stranger.http.application.extensions["oauth"].pop("github")
    try:
        come_back(stranger, link(stranger))
        assert stranger.http.delete("/api/auth/identities/oidc", headers=token).status_code == 409
        assert stranger.http.delete("/api/auth/identities/github", headers=token).status_code == 200
    finally:
        assert linked(stranger) == ["oidc"]


def test_keys_do_not_link(anna: Person) -> None:
    made = anna.post("/api/auth/keys", {"name": "robot", "scopes": ["read", "write", "admin"]}).json
    robot = {"Authorization": f"Bearer {made['token']}"}
    assert anna.http.get("/api/auth/me", headers=robot).status_code == 200
    for method, path in (
        ("GET", "/api/auth/identities"), ("POST", "/api/auth/identities/oidc"), ("DELETE", "/api/auth/identities/oidc"),
        ("GET", "/api/oauth/oidc"),
    ):  # fmt: skip
        assert anna.http.open(path, method=method, headers=robot, json={}).status_code == 403


# Registration


def with_registration(config: Config, mode: str) -> Flask:
    return create_app(with_options(config, "auth", registration=mode))


@pytest.mark.parametrize("mode", ["closed", "invite"])
def test_nobody_registers_when_registration_is_closed(
    config: Config, anna: Person, oidc: OidcServer, database: Database, mode: str
) -> None:
    come_back(anna, link(anna))
    app = with_registration(config, mode)
    known = Person(app)
    assert sign_in_with(known).status_code == 303
    oidc.person = {**oidc.person, "sub": "new", "email": "new@example.org"}
    person = Person(app)
    assert refused_with(sign_in_with(person), 403, "no account here yet")
    oidc.person = {**oidc.person, "email": "anna@example.org"}
    assert refused_with(sign_in_with(person), 409, "Sign in to it, and link")
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(1,)]


def test_an_administrator_closes_registration_for_the_moment(anna: Person, oidc: OidcServer, stranger: Person) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    features = stranger.http.application.extensions["features"]
    features.set_switched({"registration": False})
    assert refused_with(sign_in_with(stranger), 403, "no account here yet")
    features.set_switched({})
    assert sign_in_with(stranger).status_code == 303


def test_an_invitation_makes_one_account(config: Config, anna: Person, oidc: OidcServer) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    invite = anna.post("/api/admin/invites", {"role": "read_only", "email": "lind@example.org"})
    assert invite.status_code == 201, invite.text
    token = invite.json["token"]
    closed, app = with_registration(config, "closed"), with_registration(config, "invite")
    assert refused_with(sign_in_with(Person(closed), invite=token), 403, "no account here yet")
    oidc.person = {**oidc.person, "email": "another@example.org"}
    assert refused_with(sign_in_with(Person(app), invite=token), 422, "for another e-mail address")
    oidc.person = {**oidc.person, "email": "Lind@example.org"}
    person = Person(app)
    assert refused_with(sign_in_with(person, invite=token + "x"), 410, "used already")
    assert sign_in_with(person, invite=token).status_code == 303
    assert person.get("/api/auth/me").json["user"]["role"] == "read_only"
    oidc.person = {**oidc.person, "sub": "second", "email": "second@example.org"}
    assert refused_with(sign_in_with(Person(app), invite=token), 410, "used already")


def test_the_first_account_is_not_made_elsewhere(stranger: Person, database: Database) -> None:
    """It would be no administrator, and nobody could become one."""
    assert refused_with(sign_in_with(stranger), 403, "not set up yet")
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(0,)]
