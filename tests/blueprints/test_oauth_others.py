"""GitHub, Apple and Google in their own ways, over HTTP."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.core import config as configuration
from app.core.settings import Config
from tests.conftest import Person, with_options
from tests.pages.forms import _Forms
from tests.providers import apple as apple_
from tests.providers.apple import AppleServer
from tests.providers.cast import (
    PAGE,
    Providers,
    Trip,
    apple,
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
from tests.providers.oidc import CLIENT_ID, SECRET, OidcServer

pytestmark = pytest.mark.usefixtures("anna")
AWAY = {"Origin": "https://appleid.apple.com", "Sec-Fetch-Site": "cross-site", **PAGE}


def test_github(stranger: Person, app: Flask) -> None:
    trip = set_out(stranger, "github", next="/c/1")
    assert trip.asked["scope"] == "read:user user:email" and trip.asked["code_challenge_method"] == "S256"
    assert come_back(stranger, trip).location == "/c/1"
    me = stranger.get("/api/auth/me").json
    assert (me["user"]["username"], me["user"]["display_name"]) == ("octo-cat", "Mona Octocat")
    assert (me["user"]["email"], me["session"]["method"]) == ("mona@example.org", "github")
    again = Person(app)
    sign_in_with(again, "github")
    assert again.get("/api/auth/me").json["user"]["id"] == me["user"]["id"]


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [{"email": "mona@example.org", "primary": True, "verified": False}],
        [{"email": "mona@example.org", "primary": False, "verified": True}],
        [{"email": None, "primary": True, "verified": True}],
        {"message": "Not Found"},
    ],
)
def test_github_an_address_that_is_not_verified(stranger: Person, github: GithubServer, addresses: Any) -> None:
    """The profile shows an address as well: one that its owner typed."""
    github.addresses = addresses
    assert refused_with(sign_in_with(stranger, "github"), 403, "verified")


def test_github_refuses(stranger: Person, app: Flask, github: GithubServer) -> None:
    github.says_no = True
    assert refused_with(sign_in_with(stranger, "github"), 403, "nothing has happened")
    github.says_no = False
    used, other = set_out(stranger, "github"), Person(app)
    assert come_back(stranger, used).status_code == 303
    own = set_out(other, "github")
    for code in (used.given["code"], "nonsense", own.given["code"] + "x"):
        trip = set_out(other, "github")
        answer = other.get("/api/oauth/github/callback", query_string=trip.given | {"code": code}, headers=PAGE)
        assert refused_with(answer, 401, "GitHub did not confirm")
    stolen = set_out(Person(app), "github").given["code"]  # without the verifier of who began
    trip = set_out(other, "github")
    answer = other.get("/api/oauth/github/callback", query_string=trip.given | {"code": stolen}, headers=PAGE)
    assert refused_with(answer, 401, "GitHub did not confirm")


@pytest.mark.parametrize("path", ["/login/oauth/access_token", "/api/v3/user", "/api/v3/user/emails"])
@pytest.mark.parametrize("trouble", ["down", "html", "slow"])
def test_github_in_trouble(stranger: Person, github: GithubServer, path: str, trouble: str) -> None:
    github.trouble = {path: trouble}
    assert refused_with(sign_in_with(stranger, "github"), 503, "GitHub cannot be reached right now")


def test_github_must_say_who_it_is(stranger: Person, github: GithubServer) -> None:
    for user in ({}, {"login": "x"}, {"id": "7"}, {"id": None}, []):
        github.user = user  # type: ignore[assignment]
        assert refused_with(sign_in_with(stranger, "github"), 401, "did not confirm")


# Apple


class AppleTrip(Trip):
    """Apple's page, whose form the browser posts from Apple's site: only cookies with SameSite=None come along."""

    def __init__(self, person: Person) -> None:
        answer = person.get("/api/oauth/apple", headers=PAGE)
        [self.cookie] = answer.headers.getlist("Set-Cookie")
        super().__init__(answer.location)
        parser = _Forms()
        parser.feed(self.page)
        [self.form] = parser.forms

    def post(self, person: Person, **changed: str) -> Any:
        travelling = person.http.application.test_client()
        kept = person.http.get_cookie("OAUTH-apple", path="/api")
        if kept:
            travelling.set_cookie("OAUTH-apple", kept.value, path="/api")
        answer = travelling.post("/api/oauth/apple/callback", data=self.form.fields | changed, headers=AWAY)
        for name, path in (("SESSION_ID", "/"), ("CSRF-TOKEN", "/")):
            if held := travelling.get_cookie(name, path=path):
                person.http.set_cookie(name, held.value, path=path)
        return answer


def test_apple(stranger: Person, app: Flask, apple: AppleServer) -> None:
    trip = AppleTrip(stranger)
    assert "SameSite=None" in trip.cookie and "Secure" in trip.cookie and "HttpOnly" in trip.cookie
    assert trip.asked["response_mode"] == "form_post" and trip.asked["scope"] == "openid name email"
    done = trip.post(stranger)
    assert (done.status_code, done.location) == (303, "/")
    me = stranger.get("/api/auth/me").json
    assert (me["user"]["username"], me["user"]["display_name"]) == ("x7", "Tim Äpple")
    assert (me["user"]["email"], me["session"]["method"]) == ("x7@privaterelay.appleid.com", "apple")
    [claims] = apple.seen
    assert (claims["iss"], claims["sub"], claims["aud"]) == (apple_.TEAM, apple_.CLIENT_ID, apple.url)
    apple.user = None  # told once
    again = Person(app)
    assert AppleTrip(again).post(again).status_code == 303
    assert again.get("/api/auth/me").json["user"]["id"] == me["user"]["id"]


def test_apple_the_form_is_bound_to_the_browser_as_well(stranger: Person, app: Flask, apple: AppleServer) -> None:
    trip, other = AppleTrip(stranger), Person(app)
    assert refused_with(trip.post(other), 400, "begin again")
    assert refused_with(trip.post(stranger, state="x"), 400, "begin again")
    AppleTrip(other)
    assert refused_with(trip.post(other), 400, "begin again")
    assert trip.post(stranger).status_code == 303
    assert refused_with(trip.post(stranger), 400, "used already")


@pytest.mark.parametrize("user", ["", "{", "[]", '{"name": 5}', '{"name": {"firstName": null}}', "null"])
def test_apple_a_name_that_cannot_be_read_is_none(stranger: Person, apple: AppleServer, user: str) -> None:
    assert AppleTrip(stranger).post(stranger, user=user).status_code == 303
    assert stranger.get("/api/auth/me").json["user"]["display_name"] == "x7"


def test_apple_refuses(stranger: Person, apple: AppleServer) -> None:
    trip = AppleTrip(stranger)
    trip.form.fields = {"state": trip.form.fields["state"], "error": "user_cancelled_authorize"}
    assert refused_with(trip.post(stranger), 403, "did not let Apple tell")
    apple.claims = {"email_verified": "false"}
    assert refused_with(AppleTrip(stranger).post(stranger), 403, "verified")
    apple.claims = {"nonce": "another"}
    assert refused_with(AppleTrip(stranger).post(stranger), 401, "Apple did not confirm")


def test_apple_links_after_one_more_redirect(anna: Person, apple: AppleServer) -> None:
    """The cookie of the session is not sent with Apple's form, but it is with the redirect that answers it."""
    begun = anna.post("/api/auth/identities/apple")
    trip = Trip(begun.json["auth_url"])
    parser = _Forms()
    parser.feed(trip.page)
    travelling = anna.http.application.test_client()
    travelling.set_cookie("OAUTH-apple", anna.http.get_cookie("OAUTH-apple", path="/api").value, path="/api")
    bounced = travelling.post("/api/oauth/apple/callback", data=parser.forms[0].fields, headers=AWAY)
    assert bounced.status_code == 303 and bounced.location.startswith("/api/oauth/apple/callback?")
    assert "Tim" not in bounced.location
    assert refused_with(travelling.get(bounced.location, headers=PAGE), 401, "not signed in any more")
    done = anna.get(bounced.location, headers=PAGE)
    assert (done.status_code, done.location) == (303, "/settings/accounts")
    assert [i["provider"] for i in anna.get("/api/auth/identities").json["items"]] == ["apple"]


# Google


def test_google(config: Config, anna: Person, oidc: OidcServer) -> None:
    options = {
        "google_issuer": oidc.url, "google_client_id": CLIENT_ID, "google_client_secret": SECRET, "github_client_id": "",
        "oidc_client_id": "", "apple_client_id": "",
    }  # fmt: skip
    app = create_app(with_options(config, "oauth", **options))
    oidc.redirect_uri = "http://localhost/api/oauth/google/callback"
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    person = Person(app)
    try:
        trip = set_out(person, "google")
        assert trip.asked["prompt"] == "select_account" and trip.asked["scope"] == "openid email profile"
        oidc.claims = {"iss": oidc.url.removeprefix("https://")}
        assert come_back(person, trip).status_code == 303
        assert person.get("/api/auth/me").json["session"]["method"] == "google"
        assert person.get("/api/oauth/oidc").status_code == 404
    finally:
        oidc.redirect_uri = "http://localhost/api/oauth/oidc/callback"


# Configuration


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"GITHUB_CLIENT_ID": "x"}, "oauth.github_client_secret is empty; oauth.github_client_id needs it"),
        ({"OIDC_CLIENT_ID": "x"}, "oauth.oidc_issuer is empty"),
        ({"OIDC_ISSUER": "id.example.org", "OIDC_CLIENT_ID": "x"}, "oauth.oidc_issuer is 'id.example.org'"),
        ({"APPLE_CLIENT_ID": "x", "APPLE_TEAM_ID": "y", "APPLE_KEY_ID": "z"}, "oauth.apple_private_key is empty"),
    ],
)
def test_a_provider_that_is_configured_by_half_stops_the_start(env: dict[str, str], words: str) -> None:
    with pytest.raises(configuration.ConfigError) as raised:
        configuration.load(env={f"PALAVER__OAUTH__{key}": value for key, value in env.items()})
    assert words in str(raised.value)


def test_apples_key_is_text_or_a_file(tmp_path: Any) -> None:
    from app.adapters.oauth.apple import AppleProvider

    pem = apple_.PRIVATE.as_pem(private=True).decode()
    (tmp_path / "key.p8").write_text(pem)
    for key in (pem, pem.replace("\n", "\\n"), str(tmp_path / "key.p8")):
        assert AppleProvider("https://appleid.apple.com", "a", "b", "c", key, 1.0)
    public = apple_.PRIVATE.as_pem(private=False).decode()
    for key in ("nowhere.p8", public, "-----BEGIN PRIVATE KEY-----\nx", str(tmp_path)):
        with pytest.raises(configuration.ConfigError, match=r"oauth\.apple_private_key") as raised:
            AppleProvider("https://appleid.apple.com", "a", "b", "c", key, 1.0)
        assert "BEGIN" not in str(raised.value)


def test_secrets_of_providers_are_masked() -> None:
    env = {
        "GITHUB_CLIENT_ID": "x", "GITHUB_CLIENT_SECRET": "hidden", "GOOGLE_CLIENT_ID": "x",
        "GOOGLE_CLIENT_SECRET": "hidden", "OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "x",
        "OIDC_CLIENT_SECRET": "hidden", "APPLE_CLIENT_ID": "x", "APPLE_TEAM_ID": "x", "APPLE_KEY_ID": "x",
        "APPLE_PRIVATE_KEY": "hidden",
    }  # fmt: skip
    made = configuration.load(env={f"PALAVER__OAUTH__{key}": value for key, value in env.items()})
    assert "hidden" not in str(configuration.as_dict(made))


def test_without_providers_the_doors_are_not_there(config: Config, anna: Person) -> None:
    nothing = dict.fromkeys(("github_client_id", "google_client_id", "oidc_client_id", "apple_client_id"), "")
    app = create_app(with_options(config, "oauth", **nothing))
    assert not [r for r in app.url_map.iter_rules() if r.rule.startswith("/api/oauth")]
    assert "/api/oauth/{provider}" not in app.extensions["openapi"].to_dict()["paths"]
    assert "/api/oauth/{provider}" in anna.http.application.extensions["openapi"].to_dict()["paths"]
