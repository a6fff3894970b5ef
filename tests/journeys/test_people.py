"""People with each other, and people who use Palaver in their own way."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.servers import PASSWORD, Stack, Visitor, wait_for

Open = Callable[..., Window]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def group(server: Stack, title: str = "Garden") -> tuple[str, str]:
    """A group of anna and bob with one thread: the paths of both."""
    anna, bob = Visitor(server.url).sign_in("anna"), Visitor(server.url).sign_in("bob")
    body = {"kind": "group", "title": title, "member_ids": [bob.id]}
    conversation = anna.ok("POST", "/api/conversations", body)["id"]
    root = anna.begin(conversation, "Who waters the beds?")["id"]
    return f"/c/{conversation}", f"/c/{conversation}/t/{root}"


def test_two_people_see_each_other_once(server: Stack, window: Open) -> None:
    _, thread = group(server)
    anna, bob = (window(server, name).go(thread).live() for name in ("anna", "bob"))
    for number in range(4):
        anna.say(f"anna says **{number}**")
        bob.say(f"bob says {number}")
    for person in (anna, bob):
        wait_for(lambda p=person: p.page.locator(".message[data-seq]").count() == 9, what="all messages")
        texts = person.texts()
        assert len(set(texts)) == len(texts) == 9
        assert person.page.locator(".message--pending").count() == 0
    assert anna.texts() == bob.texts()
    assert bob.page.locator(".message strong").count() == 4
    assert "bob: bob says 3" in anna.page.locator("#announcer").inner_text()


def test_news_reach_the_list(server: Stack, window: Open) -> None:
    anna = window(server, "anna").go("/").live()
    conversation, _ = group(server, "Fresh news")
    item = anna.page.locator(f'[data-conversation="{conversation[3:]}"]')
    item.wait_for()
    bob = Visitor(server.url).sign_in("bob")
    bob.begin(conversation[3:], "A second thread")
    item.locator(".conversations__link .counts__unread", has_text="1").wait_for()
    item.locator("a").click()
    anna.live().page.locator(".thread", has_text="A second thread").wait_for()
    bob.begin(conversation[3:], "A third thread")
    anna.page.locator(".thread", has_text="A third thread").wait_for()
    anna.page.locator(".conversations__threads", has_text="A third thread").wait_for()
    assert anna.page.locator(".thread").count() == 3


def test_without_scripts(empty_server: Stack, window: Open) -> None:
    page = window(empty_server, java_script_enabled=False).go("/").page
    for field, text in {"username": "anna", "email": "anna@example.org", "password": PASSWORD}.items():
        page.fill(f"#{field}", text)
    page.fill("#password_again", PASSWORD)
    page.click("text=Make the account")
    page.click("text=Sign out")
    page.fill("#login", "anna")
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.fill("#content", "pieces=3")
    page.click("text=Send")
    page.wait_for_url("**/t/*")
    wait_for(lambda: page.reload() and "w0 w1 w2" in page.inner_text("#messages"), what="the answer")
    page.fill("#content", "Thank *you*")
    page.click("text=Send")
    assert page.locator(".message em").text_content() == "you"
    page.click("text=New conversation")
    page.fill("#title", "Garden")
    page.check('.member:has-text("@palaver") input')
    page.click("text=Begin the conversation")
    page.fill("#content", "First")
    page.click("text=Send")
    assert page.inner_text(".bar__above") == "Garden"


def test_with_the_keyboard_alone(server: Stack, window: Open) -> None:
    _, thread = group(server)
    anna = window(server, "anna").go(thread).live()
    keys = anna.page.keyboard
    assert anna.page.evaluate("document.activeElement.id") == "content"
    keys.type("one")
    keys.press("Shift+Enter")
    keys.type("two")
    keys.press("Enter")
    wait_for(lambda: anna.page.locator(".message[data-seq]").count() == 2, what="the message")
    assert anna.texts()[1] == "one\ntwo" and anna.page.input_value("#content") == ""
    for _ in range(12):
        keys.press("Shift+Tab")
        if anna.page.evaluate("document.activeElement.dataset.act") == "reply":
            break
    focused = anna.page.locator(":focus")
    assert focused.evaluate("e => getComputedStyle(e.closest('.message__actions')).opacity") == "1"
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    keys.press("Enter")
    assert anna.page.locator(".composer__reply").is_visible()
    keys.press("Escape")
    assert anna.page.locator(".composer__reply").is_hidden()


def test_a_long_list_makes_no_page_longer(server: Stack, window: Open) -> None:
    conversation, thread = group(server, "Many threads")
    maker = Visitor(server.url).sign_in("bob")
    for number in range(20):
        maker.begin(conversation[3:], f"Number {number}")
    page = window(server, "anna").go(thread).live().page
    rows = "(e => [e.scrollHeight, e.clientHeight])(document.querySelector('%s'))"
    whole, seen = page.evaluate(rows % ".sidebar__list")
    assert whole > seen
    whole, seen = page.evaluate(rows % "html")
    assert whole == seen


def test_on_a_phone(server: Stack, window: Open) -> None:
    _, thread = group(server, "A garden with quite a long name that no phone is wide enough for")
    anna = window(server, "anna", **PHONE).go(thread).live()
    page = anna.page
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page.fill("#content", "x" * 300 + "\n\n```\n" + "y" * 300 + "\n```")
    page.click("text=Send")
    page.locator(".message pre").wait_for()
    assert page.evaluate(wide) <= 0
    assert page.locator("#conversations").is_hidden()
    page.click(".to-sidebar")
    assert page.locator("#conversations").is_visible()
    page.go_back()
    assert page.locator("#conversations").is_hidden() and page.locator(".message").count() == 2
