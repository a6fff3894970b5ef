"""A conversation changes while people look at it."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.servers import Stack, Visitor

Open = Callable[..., Window]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_group_is_governed_while_people_look(server: Stack, window: Open) -> None:
    anna, bob = window(server, "anna"), window(server, "bob", **PHONE).go("/").live()
    maker = Visitor(server.url).sign_in("anna")
    group = maker.ok("POST", "/api/conversations", {"kind": "group", "title": "Orchard"})["id"]
    # Added: it appears in the list.
    anna.go(f"/c/{group}/settings").live()
    anna.page.fill("#query", "bo")
    anna.page.check('.member:has-text("@bob") input')
    anna.page.click("button:has-text('Add')")
    anna.page.locator(".participant", has_text="@bob").wait_for()
    item = bob.page.locator(f'[data-conversation="{group}"]')
    item.wait_for(state="attached")
    # Renamed: everywhere.
    bob.go(f"/c/{group}").live()
    anna.page.fill("#title", "Apple trees")
    anna.page.click("button:has-text('Rename')")
    bob.page.locator(".bar__title", has_text="Apple trees").wait_for()
    assert bob.page.title() == "Apple trees · Palaver"
    item.locator("text=Apple trees").wait_for(state="attached")
    # Only reading, then writing again.
    anna.page.locator(".participant", has_text="@bob").locator("select").select_option("viewer")
    anna.page.click("button:has-text('Change the role of bob')")
    bob.page.locator("#reads-only").wait_for()
    # Archived, and back.
    bob.live()
    anna.page.click("button:has-text('Archive the conversation')")
    bob.page.locator("#archived").wait_for()
    anna.page.click("button:has-text('Take it out')")
    bob.page.locator("#reads-only").wait_for()
    bob.live()
    # Removed: the page says so, and the list forgets it.
    anna.live().page.click("button:has-text('Remove bob')")
    bob.page.locator(".notice", has_text="You are no longer in this conversation").wait_for()
    item.wait_for(state="detached")
    assert bob.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    bob.page.click("text=Go to the first page")
    bob.page.wait_for_url(f"{server.url}/")
