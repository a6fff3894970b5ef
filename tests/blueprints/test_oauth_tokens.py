"""What a provider says is believed only when it is proven: a provider that lies in every way it can."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Person
from tests.providers.cast import come_back, config, oidc, providers, refused_with, running, set_out, sign_in_with
from tests.providers.oidc import CLIENT_ID, OidcServer

NOW = int(time.time())


@pytest.fixture(autouse=True)
def _set_up(anna: Person, oidc: OidcServer) -> None:
    oidc.person = {**oidc.person, "email": "lind@example.org"}


LIES: dict[str, Any] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "an issuer with a slash": {"iss": "+/"},
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "an empty audience": {"aud": []},
    "several audiences, and another party": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "another party": {"azp": "other"},
    "expired": {"exp": NOW - 120},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "not yet": {"nbf": NOW + 600},
    "issued in the future": {"iat": NOW + 600},
    "no time": {"iat": None},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "a nonce that is a list": {"nonce": ["x"]},
    "nobody": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject that is too long": {"sub": "x" * 256},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES, ids=list(LIES))
def test_claims_that_are_wrong(stranger: Person, oidc: OidcServer, lie: str) -> None:
    oidc.claims = {key: oidc.url + "/" if value == "+/" else value for key, value in LIES[lie].items()}
    assert refused_with(sign_in_with(stranger), 401, "did not confirm the sign-in")
    oidc.claims = {}
    assert sign_in_with(stranger).status_code == 303


@pytest.mark.parametrize("how", ["none", "public", "secret", "other", "garbage"])
def test_signatures_that_are_wrong(stranger: Person, oidc: OidcServer, how: str) -> None:
    oidc.signs = how
    assert refused_with(sign_in_with(stranger), 401, "did not confirm the sign-in")
    oidc.signs = "well"
    assert sign_in_with(stranger).status_code == 303


def test_a_truth_that_looks_odd(stranger: Person, oidc: OidcServer) -> None:
    oidc.claims = {"aud": [CLIENT_ID], "azp": CLIENT_ID, "exp": int(time.time()) + 40, "email_verified": "true"}
    assert sign_in_with(stranger).status_code == 303


def test_new_keys_are_taken_up(stranger: Person, app: Flask, oidc: OidcServer) -> None:
    assert sign_in_with(stranger).status_code == 303
    assert sign_in_with(Person(app)).status_code == 303
    assert oidc.asked.count("/jwks") == 1 and oidc.asked.count("/.well-known/openid-configuration") == 1
    oidc.change_key()
    assert sign_in_with(Person(app)).status_code == 303
    assert oidc.asked.count("/jwks") == 2


def test_the_nonce_belongs_to_one_try(stranger: Person, oidc: OidcServer) -> None:
    first = set_out(stranger)
    oidc.claims = {"nonce": first.asked["nonce"]}
    assert come_back(stranger, first).status_code == 303
    assert refused_with(sign_in_with(stranger), 401, "did not confirm")


def test_what_only_userinfo_tells(stranger: Person, oidc: OidcServer) -> None:
    oidc.in_token = False
    oidc.userinfo = {"sub": "somebody else"}
    assert refused_with(sign_in_with(stranger), 401, "did not confirm")
    oidc.userinfo = {"email_verified": False}
    assert refused_with(sign_in_with(stranger), 403, "verified")
    oidc.userinfo = {}
    assert sign_in_with(stranger).status_code == 303
    assert stranger.get("/api/auth/me").json["user"]["email"] == "lind@example.org"


def test_an_unverified_address_of_the_token_is_not_mended_by_userinfo(stranger: Person, oidc: OidcServer) -> None:
    oidc.claims = {"email": "victim@example.org", "email_verified": None}
    assert refused_with(sign_in_with(stranger), 403, "verified")
    assert "/userinfo" not in oidc.asked


def test_the_document_must_be_the_issuers(stranger: Person, oidc: OidcServer) -> None:
    for wrong in (
        {"issuer": "https://evil.example"}, {"issuer": oidc.url + "/"}, {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": 7},
    ):  # fmt: skip
        oidc.metadata = wrong
        assert refused_with(stranger.get("/api/oauth/oidc", headers={"Accept": "text/html"}), 503, "right now")
        from_memory = stranger.http.application.extensions["oauth"]["oidc"]
        from_memory._documents.clear()
    oidc.metadata = {}
    assert sign_in_with(stranger).status_code == 303


def test_the_issuer_in_the_callback(stranger: Person, oidc: OidcServer) -> None:
    oidc.callback_extra = {"iss": "https%3A%2F%2Fevil.example"}
    assert refused_with(sign_in_with(stranger), 401, "did not confirm")
    assert "/token" not in oidc.asked
    oidc.callback_extra = {"iss": oidc.url, "session_state": "x", "scope": "openid"}
    assert sign_in_with(stranger).status_code == 303


def test_another_issuers_subject_is_somebody_else(stranger: Person, app: Flask, oidc: OidcServer) -> None:
    """Whoever enters another issuer does not hand the accounts of the old one to strangers."""
    sign_in_with(stranger)
    first = stranger.get("/api/auth/me").json["user"]["id"]
    provider = app.extensions["oauth"]["oidc"]
    assert provider.__class__.__name__ == "OidcProvider"
    provider._issuer = oidc.issuer = oidc.url.replace("127.0.0.1", "localhost")
    provider._documents.clear()
    oidc.person = {**oidc.person, "email": "other@example.org"}
    other = Person(app)
    assert sign_in_with(other).status_code == 303
    assert other.get("/api/auth/me").json["user"]["id"] != first
