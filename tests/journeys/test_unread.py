"""What is unread and what is typed, on two devices of one person."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.journeys.test_people import PHONE, group
from tests.servers import Stack, Visitor, wait_for

Open = Callable[..., Window]


def test_unread_is_counted_live_and_read_by_looking_at_the_end(server: Stack, window: Open) -> None:
    conversation, thread = group(server, "Unread")
    other, _ = group(server, "Elsewhere")
    anna, reader = (Visitor(server.url).sign_in(name) for name in ("anna", "bob"))
    root = thread[-36:]
    last = root
    for number in range(14):
        last = anna.ok("POST", f"/api/messages/{last}/reply", {"content": f"number {number}\n\nand more"})["id"]
    bob = window(server, "bob").go(f"{conversation}?").live()
    shown = bob.page.locator(f'.conversations [data-counts="{conversation[3:]}"] .counts__unread')
    assert "15" in shown.inner_text()
    bob.go(thread).live()
    assert bob.page.locator("#new").is_visible() and "15" in shown.inner_text()  # it begins where the new begins
    bob.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    wait_for(lambda: not shown.is_visible(), what="the thread read by looking at its end")
    last = anna.ok("POST", f"/api/messages/{last}/reply", {"content": "seen at once"})["id"]
    bob.page.get_by_text("seen at once").first.wait_for()
    wait_for(
        lambda: not reader.ok("GET", f"/api/conversations/{conversation[3:]}/unread")["unread"], what="read at once"
    )
    assert not shown.is_visible()
    anna.begin(other[3:], "@bob, where?")
    elsewhere = bob.page.locator(f'[data-counts="{other[3:]}"]')
    elsewhere.locator(".counts__mentions", has_text="1").wait_for()
    assert bob.page.title().startswith("(")
    phone = window(server, "bob", **PHONE).go(other).live()
    phone.page.tap("text=Mark all as read")
    phone.page.locator("[data-read-all]").wait_for(state="hidden")
    wait_for(lambda: not elsewhere.locator(".counts__unread").is_visible(), what="the other window hears of it")


def test_a_draft_follows_its_writer(server: Stack, window: Open) -> None:
    _, thread = group(server, "Drafts")
    desk = window(server, "bob").go(thread).live()
    desk.page.fill("#content", "I think that")
    mark = desk.page.locator(f'[data-counts="{thread[-36:]}"] .counts__draft').first
    mark.wait_for()
    phone = window(server, "bob", **PHONE).go(thread).live()
    assert phone.page.input_value("#content") == "I think that"
    phone.page.fill("#content", "I think that we should")
    phone.go("/")  # at once: what is typed is written on leaving
    bob = Visitor(server.url).sign_in("bob")
    wait_for(lambda: bob.ok("GET", "/api/drafts")["items"][0]["content"].endswith("should"), what="the draft")
    desk.page.reload()
    desk.live()
    assert desk.page.input_value("#content") == "I think that we should"
    desk.say("I think that we should wait")
    desk.page.locator(".message[data-seq]", has_text="should wait").wait_for()
    wait_for(lambda: not bob.ok("GET", "/api/drafts")["items"], what="the draft is gone")
    desk.page.reload()
    assert desk.live().page.input_value("#content") == "" and not mark.is_visible()
