"""Two models side by side, one of them kept, and the question asked again in other words, in two windows at once."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Window
from tests.procs.test_steering import make_model
from tests.servers import Stack, wait_for

Open = Callable[..., Window]


def test_compared_kept_and_asked_again(server: Stack, window: Open) -> None:
    make_model(server.database, "second")
    anna = window(server, "anna").go("/").live()
    page = anna.page
    page.click("[data-ask] > summary")
    for name in ("local", "second"):
        page.check(f".ask__model:has-text('{name}') input")
    assert page.text_content("[data-ask-text]") == "local, second"
    anna.say("pieces=2000 delay=20")
    page.wait_for_url("**/t/*")
    grow = page.locator('.comparison .message[data-status="streaming"]')
    wait_for(lambda: all("w5 " in text for text in anna.texts()[1:]) and grow.count() == 2, what="two that grow")
    page.reload()
    anna.live()
    left, right = (page.locator(".comparison .message").nth(n) for n in (0, 1))
    assert abs(left.bounding_box()["y"] - right.bounding_box()["y"]) < 2
    assert left.bounding_box()["x"] + left.bounding_box()["width"] <= right.bounding_box()["x"]
    phone = window(server, "anna", viewport={"width": 390, "height": 800}, has_touch=True)
    phone.go(page.url.removeprefix(server.url)).live()
    boxes = "all => all.map(one => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])"
    first, second = phone.page.locator(".comparison .message").evaluate_all(boxes)  # at one moment: the page follows
    assert first[1] <= second[0] and phone.page.evaluate("document.body.scrollWidth") <= 390

    left.locator("[data-act=keep]").focus()
    page.keyboard.press("Enter")  # by keyboard; the one that is kept grows on, the other one is stopped
    for shown in (anna, phone):
        shown.page.wait_for_selector(".comparison", state="detached")
        shown.live().page.wait_for_selector(".message__siblings")
        assert "1 / 2" in shown.page.locator(".message--assistant").text_content()
    assert page.evaluate("document.activeElement.matches('.message--assistant:target')"), (
        "the keyboard goes on from there"
    )
    page.wait_for_selector(".composer__send[data-stop]")
    page.click(".composer__send")
    phone.answer("interrupted")
    anna.answer("interrupted")

    menu = page.locator(".message--human .more > summary")
    menu.focus()
    menu.press("Enter")
    page.locator(".message--human [data-act=branch]").press("Enter")
    before = page.url.partition("#")[0]
    page.locator(".edit__text").fill("pieces=3 in other words")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/t/" in url and url.partition("#")[0] != before)
    anna.live().answer("complete")
    assert "2 / 2" in page.locator(".message--human").text_content()
    wait_for(
        lambda: "1 / 2" in phone.page.locator(".message--human").text_content(), what="the way to the other version"
    )

    again = page.locator(".message--assistant .more > summary")
    again.press("Enter")
    page.locator("[data-act=again]").press("Enter")
    page.locator("[data-act=again-with]", has_text="second").press("Enter")
    page.wait_for_selector(".message__model:text-is('second')")
    server.database.query("delete from palaver.models where name = 'second'")
