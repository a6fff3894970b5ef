"""An assistant that wants to use a tool, as the person sees it who has to allow it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.journeys.conftest import Window
from tests.servers import Stack
from tests.streams.test_tools import Scene

Open = Callable[..., Window]
SHOTS = os.environ.get("PALAVER_SHOTS", "")


def shoot(page: object, name: str) -> None:
    """For who looks at it: a picture of the page, where PALAVER_SHOTS says."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")  # type: ignore[attr-defined]


def test_a_call_is_allowed_and_shown(empty_server: Stack, window: Open) -> None:
    scene = Scene(empty_server)
    anna = window(empty_server, "anna")
    page = anna.page
    anna.ask('Where is the kettle? tool=variable args={"name":"HOME"} tool=add args={"a":2,"b":3}')
    allow = page.locator("[data-decide=approve]")
    allow.wait_for()
    assert page.locator(".call--done .call__status").text_content() == "done"
    assert "asks for permission" in page.locator(".call--pending").text_content()
    assert '{"name":"HOME"}' in page.locator(".call--pending .call__text").text_content()
    shoot(page, "pending")
    page.reload()
    anna.live()
    allow.click()
    done = anna.answer("complete")
    assert "2 said:" in done.text_content() and page.locator(".call--done").count() == 2
    assert page.locator(".call__more[open]").count() == 0
    page.locator(".call__head").first.press("Enter")
    assert "allowed by anna" in page.locator(".call__status").first.text_content().lower()
    assert page.locator(".call__text").nth(1).is_visible()
    shoot(page, "done")
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark")
    shoot(page, "done-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    anna.go("/admin/tools")
    assert "variable" in page.locator(".tool-server").text_content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, "admin-phone")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.emulate_media(color_scheme="light")
    shoot(page, "admin")
    assert scene.server and not anna.complaints
