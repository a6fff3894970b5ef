"""Accounts elsewhere on the pages: buttons, refusals, connecting and disconnecting, without JavaScript."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from app import create_app
from app.core.settings import Config
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database
from tests.pages.forms import form_of, submit
from tests.providers.cast import PAGE, Trip, come_back, config, oidc, providers, running, sign_in_with
from tests.providers.oidc import OidcServer


def buttons(page: str) -> dict[str, str]:
    """What the buttons of a page say, and where they lead."""
    found = re.findall(r'<a class="button button--wide" rel="nofollow" href="([^"]+)">Continue with ([^<]+)</a>', page)
    return {html.unescape(label): html.unescape(address) for address, label in found}


def test_the_sign_in_page_has_a_button_each(anna: Person, stranger: Person) -> None:
    shown = buttons(stranger.get("/sign-in").text)
    assert list(shown) == ["Example ID", "GitHub", "Apple"]
    assert {stranger.get(address, headers=PAGE).status_code for address in shown.values()} == {303}


@pytest.mark.parametrize("wanted", ["/conversations/new", "/settings/accounts?a=1&b=2"])
def test_a_button_leads_back_to_where_one_wanted_to_go(
    anna: Person, stranger: Person, oidc: OidcServer, wanted: str
) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    asked = stranger.get(wanted)
    address = buttons(stranger.get(asked.location).text)["Example ID"]
    assert come_back(stranger, Trip(stranger.get(address, headers=PAGE).location)).location == wanted
    assert stranger.get(wanted).status_code == 200


def test_an_invitation_travels_along(config: Config, anna: Person, oidc: OidcServer) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    app = create_app(with_options(config, "auth", registration="invite"))
    token = anna.post("/api/admin/invites", {"role": "member"}).json["token"]
    person = Person(app)
    address = buttons(person.get(f"/register?invite={token}").text)["Example ID"]
    assert come_back(person, Trip(person.get(address, headers=PAGE).location)).status_code == 303
    assert person.get("/api/auth/me").json["user"]["email"] == "lind@example.org"


def test_names_of_providers_are_only_text(config: Config, anna: Person) -> None:
    app = create_app(with_options(config, "oauth", oidc_name="<b>us</b>"))
    assert "<b>us" not in Person(app).get("/sign-in").text


def test_no_provider_no_button(config: Config, anna: Person) -> None:
    nothing = dict.fromkeys(("github_client_id", "oidc_client_id", "apple_client_id"), "")
    app = create_app(with_options(config, "oauth", **nothing))
    assert "Continue with" not in Person(app).get("/sign-in").text
    person = Person(app).sign_in("anna")
    assert "offers no accounts of others" in person.get("/settings/accounts").text


def test_a_refusal_is_a_page_that_says_what_to_do(anna: Person, stranger: Person) -> None:
    page = sign_in_with(stranger)
    assert page.status_code == 409 and page.content_type.startswith("text/html")
    assert "You have an account already" in page.text and "Connected accounts" in page.text
    assert 'href="/sign-in"' in page.text and page.headers["Cache-Control"] == "no-store"


def test_connecting_and_disconnecting(anna: Person, app: Flask) -> None:
    page = anna.get("/settings/accounts")
    assert page.text.count("not connected") == 3 and 'type="password"' not in page.text
    assert 'aria-current="page"' in page.text
    led = submit(anna, page, "/settings/accounts/oidc/link")
    # Not a redirect: `form-action 'self'` of our own policy would stop it in some browsers.
    assert led.status_code == 200 and "form-action 'self'" in led.headers["Content-Security-Policy"]
    [refresh] = re.findall(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', led.text)
    [link] = re.findall(r'<a class="button button--accent" href="([^"]+)">Continue to Example ID</a>', led.text)
    assert refresh == link
    done = come_back(anna, Trip(html.unescape(link)))
    assert (done.status_code, done.location) == (303, "/settings/accounts")
    page = anna.get("/settings/accounts")
    assert "anna.lind · anna@example.org" in page.text and page.text.count("not connected") == 2
    other = Person(app)
    assert sign_in_with(other).status_code == 303 and other.get("/").status_code == 200
    assert submit(anna, page, "/settings/accounts/oidc/unlink").location == "/settings/accounts"
    assert anna.get("/settings/accounts").text.count("not connected") == 3
    assert other.get("/").status_code == 303


def test_an_old_session_is_asked_for_the_password(anna: Person, database: Database) -> None:
    database.query("update palaver.sessions set created_at = now() - interval '11 minutes'")
    page = anna.get("/settings/accounts")
    assert page.text.count('type="password"') == 3
    for wrong, status in (("", 403), ("wrong horse", 401)):
        refused = submit(anna, page, "/settings/accounts/oidc/link", password=wrong)
        assert refused.status_code == status and 'role="alert"' in refused.text and "wrong horse" not in refused.text
    assert submit(anna, page, "/settings/accounts/oidc/link", password=PASSWORD).status_code == 200


def test_refusals_are_shown_in_place(anna: Person, stranger: Person, oidc: OidcServer) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}
    sign_in_with(stranger)
    page = stranger.get("/settings/accounts")
    kept = submit(stranger, page, "/settings/accounts/oidc/unlink")
    assert kept.status_code == 409 and "only way to sign in" in kept.text
    oidc.trouble = {"/.well-known/openid-configuration": "down"}
    stranger.http.application.extensions["oauth"]["oidc"]._documents.clear()
    submit(anna, anna.get("/settings/accounts"), "/settings/accounts/apple/link")
    down = submit(anna, anna.get("/settings/accounts"), "/settings/accounts/oidc/link")
    assert down.status_code == 503 and "cannot be reached right now" in down.text


def test_one_that_is_not_offered_any_more_can_still_be_disconnected(anna: Person, app: Flask) -> None:
    come_back(anna, Trip(anna.post("/api/auth/identities/oidc").json["auth_url"]))
    app.extensions["oauth"].pop("oidc")
    page = anna.get("/settings/accounts")
    assert "does not offer it any more" in page.text
    assert form_of(page, "/settings/accounts/oidc/unlink")
    assert submit(anna, page, "/settings/accounts/oidc/unlink").status_code == 303
    assert "does not offer" not in anna.get("/settings/accounts").text


def test_forms_need_their_token(anna: Person) -> None:
    for act in ("link", "unlink"):
        assert anna.http.post(f"/settings/accounts/oidc/{act}", data={}).status_code == 403


@pytest.mark.parametrize("path", ["/settings/accounts"])
def test_strangers_are_sent_to_sign_in(anna: Person, stranger: Person, path: str) -> None:
    assert stranger.get(path).location == "/sign-in?next=/settings/accounts"
