"""Signing in with accounts elsewhere, in a browser that keeps its own rules about cookies, forms and other sites.

The server is http://localhost, the providers are http://127.0.0.1: for the browser, another site.
"""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import Database
from tests.journeys.conftest import Window
from tests.providers.cast import Providers, providers, running
from tests.servers import Stack, Visitor

Open = Callable[..., Window]


@pytest.fixture
def stack(database: Database, tmp_path: Path, providers: Providers) -> Iterator[Stack]:
    settings = {f"PALAVER__OAUTH__{key.upper()}": str(value) for key, value in providers.options().items()}
    settings |= {"PALAVER__OAUTH__REDIRECT_BASE": "", "PALAVER__AUTH__REGISTRATION": "open"}
    made = Stack(database, tmp_path, jobs=False, **settings)
    Visitor(made.url).set_up("anna")
    made.url = f"http://localhost:{made.port}"
    before = [server.redirect_uri for server in providers.all]
    for server in providers.all:
        server.redirect_uri = server.redirect_uri.replace("http://localhost", made.url)
        if hasattr(server, "person"):
            server.person |= {"email": f"{server.app.name}@example.org"}
    yield made
    made.stop()
    for server, address in zip(providers.all, before, strict=True):
        server.redirect_uri = address


def test_every_provider_signs_in_and_connects(stack: Stack, window: Open, providers: Providers) -> None:
    for label, name in (("Example ID", "Anna Lind"), ("GitHub", "Mona Octocat"), ("Apple", "Tim Äpple")):
        person = window(stack).go("/conversations/new")
        person.page.get_by_role("link", name=f"Continue with {label}").click()
        if label == "Apple":
            person.page.get_by_role("button", name="Continue").click()
        person.page.wait_for_url(f"{stack.url}/conversations/new")
        assert name in person.page.locator(".sidebar__foot").inner_text()
        person.page.get_by_role("button", name="Sign out").click()
        person.page.wait_for_url(f"{stack.url}/sign-in")
    providers.oidc.person["sub"] = providers.apple.person["sub"] = "anna's own"
    providers.github.user["id"] = 42
    anna = window(stack, "anna").go("/settings/accounts")
    for number, label in enumerate(("Example ID", "GitHub", "Apple"), 1):
        anna.page.get_by_role("button", name=f"Connect {label}", exact=True).click()
        if label == "Apple":
            anna.page.get_by_role("button", name="Continue").click()
        anna.page.wait_for_url(f"{stack.url}/settings/accounts")
        assert anna.page.get_by_role("button", name="Disconnect").count() == number
    anna.page.get_by_role("button", name="Disconnect GitHub").click()
    anna.page.get_by_role("button", name="Connect GitHub", exact=True).wait_for()


def test_without_scripts_and_on_a_phone(stack: Stack, window: Open) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False, "color_scheme": "dark"}
    anna = window(stack, "anna", **phone).go("/settings/accounts")
    anna.page.get_by_role("button", name="Connect Example ID", exact=True).click()
    anna.page.wait_for_url(f"{stack.url}/settings/accounts")
    assert anna.page.get_by_role("button", name="Disconnect Example ID").is_visible()
    assert anna.page.locator("body").evaluate("body => body.scrollWidth") <= 390
