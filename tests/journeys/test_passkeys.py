"""Passkeys and authenticator apps in a real browser, with Chromium's own software authenticator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.blueprints.test_totp import App
from tests.journeys.conftest import Window
from tests.servers import PASSWORD, Stack, Visitor, wait_for

Open = Callable[..., Window]


class Key:
    """A software authenticator that belongs to one window."""

    def __init__(self, window: Window) -> None:
        self.cdp = window.page.context.new_cdp_session(window.page)
        self.cdp.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                   "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def add(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})


@pytest.fixture
def local(empty_server: Stack) -> Stack:
    """A server of one's own at the address that passkeys are for: they do not work at 127.0.0.1."""
    Visitor(empty_server.url).set_up("anna")
    empty_server.url = f"http://localhost:{empty_server.port}"
    return empty_server


def test_a_passkey_instead_of_a_password_and_as_a_second_step(local: Stack, window: Open) -> None:
    anna = window(local, "anna").go("/settings/security")
    key, page = Key(anna), anna.page
    page.fill("#passkey-name", "My laptop")
    page.click("text=Add a passkey")
    page.locator(".rows", has_text="My laptop").wait_for()
    assert len(key.credentials()) == 1 and key.credentials()[0]["isResidentCredential"] is True
    page.fill("#passkey-name", "Again")
    page.click("text=Add a passkey")
    page.get_by_text("has a passkey for Palaver already").wait_for()

    page.click("text=Sign out")
    page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{local.url}/")
    assert page.evaluate("fetch('/api/auth/me').then(r => r.json()).then(me => me.session.method)") == "passkey"

    page.goto(f"{local.url}/settings/security")
    page.fill("#password-totp", PASSWORD)
    page.click("text=Set it up")
    phone = App("".join(page.inner_text(".qr__secret").split()))
    assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 100")
    page.fill("#code", phone.code())
    page.keyboard.press("Enter")
    page.locator("#recovery-codes li").first.wait_for()
    assert page.locator("#recovery-codes li").count() == 10
    page.click("[data-recovery=copy]")
    wait_for(
        lambda: page.inner_text("[data-recovery=copy]") in ("Copied", "Selected"), what="the codes in the clipboard"
    )
    with page.expect_download() as download:
        page.click("text=Download")
    text = download.value.path().read_text()
    assert text.count("-") >= 30 and "Recovery codes of anna" in text

    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    for use in ("code", "passkey"):
        page.goto(f"{local.url}/sign-in?next=/conversations/new")
        page.fill("#login", "anna")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/code?next=/conversations/new")
        if use == "code":
            page.fill("#code", phone.code())
            page.keyboard.press("Enter")
        else:
            page.click("text=Use a passkey")
        page.wait_for_url("**/conversations/new")
        page.click("text=Sign out")
        page.wait_for_url("**/sign-in")


def test_a_removed_passkey_and_one_at_another_address(local: Stack, window: Open) -> None:
    anna = window(local, "anna", viewport={"width": 390, "height": 844}).go("/settings/security")
    key, page = Key(anna), anna.page
    page.fill("#passkey-name", "Phone")
    page.click("text=Add a passkey")
    page.locator(".rows", has_text="Phone").wait_for()
    page.wait_for_load_state()  # with its style sheets
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.click(".rows summary")
    page.click("text=Remove this passkey")
    page.locator(".rows", has_text="Phone").wait_for(state="detached")
    assert len(key.credentials()) == 1  # the device still has it
    page.goto(f"{local.url}/settings/security".replace("localhost", "127.0.0.1"))
    page.fill("#login", "anna")
    page.fill("#password", PASSWORD)
    assert page.locator("[data-passkey]").is_hidden()
    page.keyboard.press("Enter")
    page.get_by_text(f"Passkeys work only at {local.url}").wait_for()
    page.context.clear_cookies()
    page.goto(f"{local.url}/sign-in")
    anna.complaints.clear()
    page.click("text=Sign in with a passkey")
    page.get_by_text("This passkey was not accepted").wait_for()
    anna.complaints.clear()  # the browser complains about the 401 itself


def test_without_scripts_a_passkey_is_not_offered(local: Stack, window: Open) -> None:
    page = window(local, java_script_enabled=False).go("/sign-in").page
    assert page.locator("[data-passkey]").is_hidden()
    page.fill("#login", "anna")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{local.url}/")
    page.goto(f"{local.url}/settings/security")
    assert page.get_by_text("Adding a passkey needs JavaScript").is_visible()
    assert page.locator("form[data-passkey]").is_hidden()
