"""Fixtures: an application with every provider, and the providers, which run for the whole module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from app.core.settings import Config
from tests.conftest import Person, with_options
from tests.providers import apple as apple_
from tests.providers import github as github_
from tests.providers import oidc as oidc_
from tests.providers.apple import AppleServer
from tests.providers.github import GithubServer
from tests.providers.oidc import OidcServer

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
_web = urllib3.PoolManager(retries=False)


class Providers:
    """The three that run."""

    def __init__(self) -> None:
        self.oidc, self.github, self.apple = OidcServer(), GithubServer(), AppleServer()

    @property
    def all(self) -> tuple[Any, ...]:
        return self.oidc, self.github, self.apple

    def options(self) -> dict[str, Any]:
        """Settings of the section `oauth` that name them."""
        return {
            "redirect_base": "http://localhost", "timeout_seconds": 1.0,
            "oidc_issuer": self.oidc.url, "oidc_client_id": oidc_.CLIENT_ID, "oidc_client_secret": oidc_.SECRET,
            "oidc_name": "Example ID",
            "github_url": self.github.url, "github_api_url": self.github.url + "/api/v3",
            "github_client_id": github_.CLIENT_ID, "github_client_secret": github_.SECRET,
            "apple_issuer": self.apple.url, "apple_client_id": apple_.CLIENT_ID, "apple_team_id": apple_.TEAM,
            "apple_key_id": apple_.KEY_ID, "apple_private_key": apple_.PRIVATE.as_pem(private=True).decode(),
        }  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[Providers]:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the provider's side refuses http otherwise
    made = Providers()
    yield made
    for server in made.all:
        server.stop()
    os.environ.pop("AUTHLIB_INSECURE_TRANSPORT")


@pytest.fixture
def providers(running: Providers) -> Providers:
    """The same ones, without any memory of the test before."""
    for server in running.all:
        server.reset()
    return running


@pytest.fixture
def oidc(providers: Providers) -> OidcServer:
    return providers.oidc


@pytest.fixture
def github(providers: Providers) -> GithubServer:
    return providers.github


@pytest.fixture
def apple(providers: Providers) -> AppleServer:
    return providers.apple


@pytest.fixture
def config(config: Config, providers: Providers) -> Config:
    """Registration is open, and every provider is configured."""
    return with_options(with_options(config, "auth", registration="open"), "oauth", **providers.options())


class Trip:
    """A browser at a provider: where it was sent, and what it comes back with."""

    def __init__(self, auth_url: str) -> None:
        self.auth_url = auth_url
        self.asked = dict(parse_qsl(urlsplit(auth_url).query))
        answer = _web.request("GET", auth_url, redirect=False)
        assert answer.status in (200, 302), answer.data
        self.page = answer.data.decode()
        self.callback = answer.headers.get("Location", "")
        self.given = dict(parse_qsl(urlsplit(self.callback).query))

    @property
    def path(self) -> str:
        parts = urlsplit(self.callback)
        return f"{parts.path}?{parts.query}"


def set_out(person: Person, provider: str = "oidc", **query: str) -> Trip:
    """The button on the page, up to the provider's redirect back."""
    answer = person.get(f"/api/oauth/{provider}", query_string=query, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return Trip(answer.location)


def come_back(person: Person, trip: Trip) -> Any:
    """The callback, as a page."""
    return person.get(trip.path, headers=PAGE)


def sign_in_with(person: Person, provider: str = "oidc", **query: str) -> Any:
    return come_back(person, set_out(person, provider, **query))


def refused_with(answer: Any, status: int, words: str) -> bool:
    """Is it a page with this status and this sentence, and nobody signed in?"""
    assert answer.status_code == status, (answer.status_code, answer.text[-900:])
    assert words in answer.text, answer.text[-900:]
    return "SESSION_ID" not in "".join(answer.headers.getlist("Set-Cookie"))
