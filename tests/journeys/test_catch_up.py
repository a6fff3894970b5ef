"""What was missed is told on a page that fills by itself."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.servers import Stack, Visitor

Open = Callable[..., Window]


def test_what_was_missed_is_told_live_and_leads_to_the_messages(server: Stack, window: Open) -> None:
    bob = Visitor(server.url).sign_in("bob")
    anna = Visitor(server.url).sign_in("anna")
    talk = bob.converse("group", (anna.id,))
    root = bob.begin(talk, "first=1500 pieces=60 delay=30")["id"]
    reader = window(server, "anna").go(f"/c/{talk}").live()
    reader.page.click("text=Catch me up")
    reader.page.wait_for_selector('#summary[data-state="writing"]')
    reader.live().page.evaluate("window.stayed = true")
    reader.page.wait_for_selector('#summary[data-state="done"]', timeout=20_000)
    assert reader.page.evaluate("window.stayed") and "w59" in reader.page.inner_text("#summary")
    reader.page.click("text=Read it from where this begins")
    reader.page.wait_for_url(f"**/t/{root}?*")
    assert reader.page.locator(f"#m-{root}").is_visible()
