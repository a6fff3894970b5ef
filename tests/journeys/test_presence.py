"""Who is there and who types, in two browsers."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.servers import Stack, Visitor, wait_for


def test_somebody_comes_types_posts_and_goes(server: Stack, window: Callable[..., Window]) -> None:
    anna, bob = Visitor(server.url).sign_in("anna"), Visitor(server.url).sign_in("bob")
    direct = anna.converse("direct", (bob.id,))
    thread = f"/c/{direct}/t/{anna.begin(direct, 'Are you there?')['id']}"
    page = window(server, "anna").go(thread).live().page
    other = window(server, "bob").go(thread).live().page
    seen = page.locator(f'.bar > [data-presence="{bob.id}"]')
    wait_for(lambda: seen.text_content() == "(online)", what="bob is there")
    height = page.locator(".foot").bounding_box()["height"]
    other.locator("#content").press_sequentially("Yes, just")
    line = page.locator("#typing", has_text="bob is typing…")
    line.wait_for()
    assert page.locator(".foot").bounding_box()["height"] == height  # nothing jumps
    other.keyboard.press("Enter")
    line.wait_for(state="detached")
    other.goto(server.url + f"/c/{direct}")
    other.close()
    wait_for(lambda: seen.text_content() == "(away)", what="bob left")
    assert page.locator(f'#conversation-list [data-presence="{bob.id}"]').first.text_content() == "(away)"
