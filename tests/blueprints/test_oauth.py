"""Signing in with an account elsewhere: the road there and back, against a provider that runs."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

import pytest
from flask import Flask

from app.models import users
from app.schemas.auth import SignedIn
from tests.conftest import Person
from tests.databases import Database
from tests.providers.cast import (
    PAGE,
    Trip,
    come_back,
    config,
    oidc,
    providers,
    refused_with,
    running,
    set_out,
    sign_in_with,
)
from tests.providers.oidc import OidcServer

BEGIN_AGAIN = "begin again"


@pytest.fixture(autouse=True)
def _set_up(anna: Person, oidc: OidcServer) -> None:
    """The server has its first account, and the person at the provider is somebody else."""
    oidc.person = {**oidc.person, "email": "lind@example.org"}


def test_a_new_account_and_the_same_one_the_next_time(stranger: Person, app: Flask, database: Database) -> None:
    done = sign_in_with(stranger)
    assert (done.status_code, done.location) == (303, "/")
    me = stranger.get("/api/auth/me").json
    assert (me["user"]["username"], me["user"]["display_name"]) == ("anna.lind", "Anna Lind")
    assert me["user"]["email"] == "lind@example.org" and me["user"]["email_verified_at"]
    assert me["user"]["role"] == "member" and me["user"]["has_password"] is False
    assert me["session"]["method"] == "oidc"
    again = Person(app)
    assert sign_in_with(again).status_code == 303
    assert again.get("/api/auth/me").json["user"]["id"] == me["user"]["id"]
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(2,)]
    actions = [row[0] for row in database.query("select action from palaver.audit order by id")]
    assert actions[-4:] == ["user.created", "identity.linked", "session.created", "session.created"]


def test_what_is_asked_of_the_provider(stranger: Person) -> None:
    asked = set_out(stranger).asked
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost/api/oauth/oidc/callback"
    assert asked["scope"] == "openid email profile"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert set_out(stranger).asked["state"] != asked["state"]


def test_what_the_browser_keeps(stranger: Person) -> None:
    answer = stranger.get("/api/oauth/oidc", headers=PAGE)
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("OAUTH-oidc=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Max-Age=600" in cookie and "Path=/api" in cookie
    trip = Trip(answer.location)
    assert trip.asked["state"] not in cookie and trip.asked["nonce"] not in cookie
    back = come_back(stranger, trip)
    assert any(c.startswith("OAUTH-oidc=;") for c in back.headers.getlist("Set-Cookie"))


def test_programs_get_json(stranger: Person, app: Flask) -> None:
    begun = stranger.get("/api/oauth/oidc")
    assert begun.status_code == 200 and list(begun.json) == ["auth_url"]
    done = stranger.get(Trip(begun.json["auth_url"]).path)
    assert done.status_code == 200 and SignedIn().validate(done.json) == {}
    refused = Person(app).get("/api/oauth/oidc/callback?state=x&code=y")
    assert (refused.status_code, refused.json["code"]) == (400, "PV.OAUTH.STATE")


def test_a_code_that_is_copied_by_hand(stranger: Person, app: Flask) -> None:
    trip = Trip(stranger.get("/api/v1/oauth/oidc").json["auth_url"])
    given = {"code": trip.given["code"], "state": trip.given["state"]}
    elsewhere = Person(app).post("/api/oauth/oidc/manual", given)
    assert (elsewhere.status_code, elsewhere.json["code"]) == (400, "PV.OAUTH.STATE")
    done = stranger.post("/api/v1/oauth/oidc/manual", given)
    assert done.status_code == 200 and SignedIn().validate(done.json) == {}
    assert done.json["csrf_token"] and stranger.get("/api/auth/me").status_code == 200
    again = stranger.post("/api/oauth/oidc/manual", given)
    assert (again.status_code, again.json["code"]) == (400, "PV.OAUTH.STATE")


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/c/1?before=2", "/c/1?before=2"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_one_goes_where_one_wanted_to_go_on_this_site(stranger: Person, asked: str, led: str) -> None:
    assert sign_in_with(stranger, next=asked).location == led


def test_the_state_is_this_browsers_and_works_once(stranger: Person, app: Flask) -> None:
    trip = set_out(stranger)
    thief = Person(app)
    assert refused_with(come_back(thief, trip), 400, BEGIN_AGAIN)
    set_out(thief)
    assert refused_with(come_back(thief, trip), 400, BEGIN_AGAIN)
    kept = stranger.http.get_cookie("OAUTH-oidc", path="/api").value
    for wrong in ({"state": ""}, {"state": trip.given["state"][:-1] + "x"}, {"state": "é"}):
        answer = stranger.get("/api/oauth/oidc/callback", query_string=trip.given | wrong, headers=PAGE)
        assert refused_with(answer, 400, BEGIN_AGAIN)
    assert refused_with(stranger.get("/api/oauth/oidc/callback", headers=PAGE), 400, BEGIN_AGAIN)
    # None of this has used it up.
    assert come_back(stranger, trip).status_code == 303
    stranger.http.set_cookie("OAUTH-oidc", kept, path="/api")
    assert refused_with(come_back(stranger, trip), 400, "used already")


def test_a_cookie_of_another_provider_or_changed_is_none(stranger: Person) -> None:
    trip = set_out(stranger)
    kept = stranger.http.get_cookie("OAUTH-oidc", path="/api").value
    for other in (kept[:40] + ("A" if kept[40] != "A" else "B") + kept[41:], "", "x", kept[: len(kept) // 2], "é"):
        stranger.http.set_cookie("OAUTH-oidc", other, path="/api")
        assert refused_with(come_back(stranger, trip), 400, BEGIN_AGAIN)
    stranger.http.set_cookie("OAUTH-github", kept, path="/api")
    wrong = stranger.get("/api/oauth/github/callback", query_string=trip.given, headers=PAGE)
    assert refused_with(wrong, 400, BEGIN_AGAIN)
    stranger.http.set_cookie("OAUTH-oidc", kept, path="/api")
    assert come_back(stranger, trip).status_code == 303


def test_a_try_lasts_ten_minutes(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.blueprints import attempts

    first, then = set_out(stranger), attempts.time.time()
    monkeypatch.setattr(attempts.time, "time", lambda: then + 599)
    assert come_back(stranger, first).status_code == 303
    monkeypatch.undo()
    late = set_out(stranger)
    monkeypatch.setattr(attempts.time, "time", lambda: then + 700)
    assert refused_with(come_back(stranger, late), 400, "ten minutes")


def test_a_code_works_once(stranger: Person, app: Flask) -> None:
    trip = set_out(stranger)
    assert come_back(stranger, trip).status_code == 303
    other = Person(app)
    second = set_out(other)
    stolen = second.given | {"code": trip.given["code"]}
    answer = other.get("/api/oauth/oidc/callback", query_string=stolen, headers=PAGE)
    assert refused_with(answer, 401, "did not confirm")


def test_a_stolen_code_is_worth_nothing_without_its_verifier(stranger: Person, app: Flask) -> None:
    stolen = set_out(stranger).given["code"]
    thief = Person(app)
    own = set_out(thief)
    answer = thief.get("/api/oauth/oidc/callback", query_string=own.given | {"code": stolen}, headers=PAGE)
    assert refused_with(answer, 401, "did not confirm")
    assert thief.get("/api/auth/me").status_code == 401


def test_who_says_no_is_told_that_nothing_happened(stranger: Person, oidc: OidcServer) -> None:
    oidc.person = None
    answer = sign_in_with(stranger)
    assert refused_with(answer, 403, "nothing has happened") and "/sign-in" in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [("server_error", 503), ("temporarily_unavailable", 503), ("invalid_scope", 401), ("<b>", 401)]
)
def test_other_errors_of_the_provider(stranger: Person, error: str, status: int) -> None:
    trip = set_out(stranger)
    query = {"state": trip.given["state"], "error": error, "error_description": "<script>alert(1)</script>"}
    answer = stranger.get("/api/oauth/oidc/callback", query_string=query, headers=PAGE)
    assert refused_with(answer, status, "Example ID") and "<script>" not in answer.text and "<b>" not in answer.text


@pytest.mark.parametrize("trouble", ["down", "html", "redirect", "slow", "huge"])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
def test_a_provider_in_trouble(stranger: Person, oidc: OidcServer, path: str, trouble: str) -> None:
    oidc.trouble = {path: trouble}
    is_early = path.startswith("/.")
    answer = stranger.get("/api/oauth/oidc", headers=PAGE) if is_early else come_back(stranger, set_out(stranger))
    assert refused_with(answer, 503, "Example ID cannot be reached right now") and "127.0.0.1" not in answer.text
    oidc.trouble = {}
    assert sign_in_with(stranger).status_code == 303
    assert "/elsewhere" not in oidc.asked


def test_an_unverified_address_counts_for_nothing(stranger: Person, oidc: OidcServer, database: Database) -> None:
    for wrong in ({"email_verified": False}, {"email_verified": None}, {"email_verified": 1}, {"email": None}):
        oidc.claims, oidc.userinfo = wrong, {"email": None}
        assert refused_with(sign_in_with(stranger), 403, "verified")
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(1,)]
    oidc.claims = {}
    assert sign_in_with(stranger).status_code == 303
    oidc.claims = {"email_verified": False}  # who is known already needs none
    assert sign_in_with(stranger).status_code == 303


def test_an_equal_address_never_opens_an_account(stranger: Person, oidc: OidcServer, anna: Person) -> None:
    oidc.person = {**oidc.person, "email": "Anna@Example.org"}
    assert refused_with(sign_in_with(stranger), 409, "Sign in to it, and link")
    assert stranger.get("/api/auth/me").status_code == 401
    program = stranger.get(Trip(stranger.get("/api/oauth/oidc").json["auth_url"]).path)
    assert (program.status_code, program.json["code"]) == (409, "PV.OAUTH.LINK_FIRST")


def test_a_disabled_account_stays_out(stranger: Person, database: Database) -> None:
    sign_in_with(stranger)
    users.disable("anna.lind", True)
    assert stranger.get("/api/auth/me").status_code == 401
    assert refused_with(sign_in_with(stranger), 403, "disabled")
    refusal = "select details ->> 'method' from palaver.audit where action = 'sign_in.refused'"
    assert database.query(refusal) == [("oidc",)]


def test_user_names_are_made_unique(stranger: Person, app: Flask, oidc: OidcServer) -> None:
    names = []
    for number, called in enumerate(["anna", "Anna", "ANNA@example.net", "Ännä", "李", "-", "x" * 40, "x" * 40]):
        oidc.person = {"sub": f"s{number}", "email": f"p{number}@example.org", "email_verified": True,
                       "preferred_username": called}  # fmt: skip
        person = Person(app)
        assert sign_in_with(person).status_code == 303
        names.append(person.get("/api/auth/me").json["user"]["username"])
    assert names == ["anna2", "anna3", "anna4", "anna5", "p4", "p5", "x" * 32, "x" * 31 + "2"]


def test_names_that_cannot_be_seen(stranger: Person, oidc: OidcServer) -> None:
    oidc.person = {**oidc.person, "name": "\u202e Eve\n\x00 \u200b", "preferred_username": "\x00\u202e"}
    assert sign_in_with(stranger).status_code == 303
    user = stranger.get("/api/auth/me").json["user"]
    assert (user["username"], user["display_name"]) == ("lind", "Eve")
    assert stranger.get("/api/auth/identities").json["items"][0]["name"] == "lind@example.org"
    oidc.person = {**oidc.person, "sub": "s2", "email": "e2@example.org", "name": "\u202e"}
    other = Person(stranger.http.application)
    assert sign_in_with(other).status_code == 303
    assert other.get("/api/auth/me").json["user"]["display_name"] == "e2"


def test_two_callbacks_at_once_make_one_account(app: Flask, database: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor

    people = [Person(app) for _ in range(6)]
    trips = [set_out(person) for person in people]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(come_back, people, trips))
    assert {a.status_code for a in answers} == {303}
    assert database.query("select count(*) from palaver.users where kind = 'human'") == [(2,)]


def test_secrets_stay_out_of_logs_and_audit(
    stranger: Person, oidc: OidcServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    trip = set_out(stranger)
    kept = stranger.http.get_cookie("OAUTH-oidc", path="/api").value
    oidc.claims = {"aud": "somebody else"}
    assert come_back(stranger, trip).status_code == 401
    oidc.claims = {}
    sign_in_with(stranger)
    lines = [r.getMessage() for r in caplog.records if not r.name.startswith(("werkzeug", "authlib"))]
    ours = "\n".join(line for line in lines if "/authorize?" not in line)  # the browser of this test
    written = ours + str(database.query("select a::text from palaver.audit a"))
    assert "id_token is wrong" in ours
    for secret in (trip.given["code"], trip.given["state"], kept, "the secret of palaver", *oidc.access):
        assert secret not in written


def test_a_provider_that_is_not_configured_is_not_there(stranger: Person, app: Flask) -> None:
    for path in ("/api/oauth/google", "/api/oauth/google/callback", "/api/oauth/nonsense"):
        assert (stranger.get(path).status_code, stranger.get(path).json["code"]) == (404, "PV.NOT_FOUND")
    assert stranger.post("/api/oauth/google/manual", {"code": "x", "state": "y"}).status_code == 404


def test_other_sites_may_post_forms_only_where_a_provider_does(stranger: Person) -> None:
    form = {"state": "x", "code": "y"}
    away = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert stranger.http.post("/api/oauth/oidc/callback", data=form, headers=away).status_code == 404
    assert stranger.http.post("/api/oauth/apple/callback", data=form, headers=away).status_code == 400
    assert stranger.http.post("/api/oauth/oidc/manual", json=form, headers=away).status_code == 403
    assert stranger.http.post("/api/auth/identities/oidc", json={}, headers=away).status_code == 403


@pytest.mark.parametrize("path", ["oidc", "nobody", "oidc/callback?state=x", "oidc/callback?state=x&code=y"])
def test_a_page_for_who_shows_a_bad_key(stranger: Person, path: str) -> None:
    page = {"Accept": "text/html"}
    assert stranger.get(f"/api/oauth/{path}", headers=page).status_code in (303, 400, 404)
    answer = stranger.get(f"/api/oauth/{path}", headers=page | {"Authorization": "Bearer nope"})
    assert (answer.status_code, answer.json["code"]) == (401, "PV.AUTH.INVALID_KEY")
