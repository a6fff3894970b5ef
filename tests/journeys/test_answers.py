"""A question and its answer, as a person sees them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bench.mock_openai import answer as text_of
from tests.journeys.conftest import Window
from tests.servers import PASSWORD, Stack, wait_for

Open = Callable[..., Window]


def test_from_set_up_to_a_stopped_answer(empty_server: Stack, window: Open) -> None:
    anna = window(empty_server).go("/")
    page = anna.page
    for field, text in {"username": "anna", "email": "anna@example.org", "password": PASSWORD}.items():
        page.fill(f"#{field}", text)
    page.fill("#password_again", PASSWORD)
    page.click("text=Make the account")
    anna.live().say("pieces=2000 delay=20")
    page.wait_for_url("**/t/*")
    grows = page.locator(".message__text--growing")
    seen = wait_for(lambda: grows.text_content(), what="the first words")
    wait_for(lambda: len(grows.text_content()) > len(seen) + 20, what="more words")
    page.click(".message [data-act=cancel]")
    stopped = anna.answer("interrupted")
    assert "Stopped" in stopped.text_content() and "w1 w2" in stopped.text_content()
    wait_for(lambda: empty_server.model_stats()["disconnected"] == 1, what="the model's rest")


def test_a_reload_in_the_middle_continues(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("pieces=120 delay=20")
    wait_for(lambda: "w10 " in anna.texts()[1], what="some words")
    anna.page.fill("#content", "half a thought")
    anna.page.reload()
    before = len(anna.texts()[1])
    assert before > 20
    anna.live()
    assert anna.page.input_value("#content") == "half a thought"
    wait_for(lambda: len(anna.texts()[1]) > before, what="more words")
    assert anna.answer("complete").locator(".message__text").text_content().strip() == text_of(120).strip()


def test_killed_workers_lose_nothing_and_double_nothing(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("pieces=150 delay=20")
    for worker in server.web.children():
        seen = len(wait_for(lambda: anna.texts()[1], what="words"))
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda n=seen: len(anna.texts()[1]) > n + 20, what="more words")
    assert anna.answer("complete").locator(".message__text").text_content().strip() == text_of(150).strip()
    assert anna.page.locator(".message").count() == 2
    anna.complaints.clear()  # the browser says that it was cut off


def test_a_failed_answer_says_why_and_can_be_asked_again(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("fail=500")
    failed = anna.answer("failed")
    why = failed.locator(".message__ending--failed")
    same = {"code": "PV.BUDGET.EXCEEDED", "detail": why.text_content()}
    anna.page.route("**/regenerate", lambda route: route.fulfill(status=429, json=same))
    failed.locator("[data-act=regenerate]").click()
    failed.locator(".message__refused").wait_for()
    assert why.count() == 1  # what is said a second time stands there once
    anna.page.unroute("**/regenerate")
    anna.complaints.clear()
    failed.locator("[data-act=regenerate]").click()
    anna.page.locator(".message--assistant .message__place", has_text="2 / 2").wait_for()
    assert anna.page.locator(".message--assistant").count() == 1


def test_an_answer_that_broke_off_goes_on_in_its_place(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("pieces=40 delay=10 drop=20")
    again = window(server, "anna").go(urlsplit(anna.page.url).path).live()
    for each in (anna, again):
        assert each.answer("failed").locator(".message__text").text_content().strip() == text_of(20).strip()
    anna.page.click(".message--assistant [data-act=continue]")
    for each in (anna, again):
        text = each.answer("complete").locator(".message__text").text_content()
        assert text.strip() == text_of(20) + text_of(3).strip()
        assert each.page.locator(".message").count() == 2 and not each.page.locator("[data-act=continue]").count()


def test_sending_that_fails_keeps_the_text(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("hello")
    anna.answer("complete")
    lost: list[Any] = []
    anna.page.route("**/reply", lambda route: lost.append(route) or route.abort())
    anna.say("Do not lose me")
    again = anna.page.locator(".message--pending [data-act=resend]")
    again.wait_for()
    assert "Not sent" in anna.page.locator(".message--pending").text_content()
    anna.page.unroute("**/reply")
    again.click()
    wait_for(lambda: anna.page.locator(".message").count() == 4, what="the answer")
    assert anna.texts().count("Do not lose me") == 1 and len(lost) == 1
    anna.answer("complete")
    anna.complaints.clear()


def test_who_waits_sees_his_place_in_line(server: Stack, window: Open) -> None:
    server.database.query("update palaver.providers set max_concurrent = 1")
    try:
        first = window(server, "anna").ask("pieces=2000 delay=20")
        bob = window(server, "bob").ask("pieces=3 second")
        anna = window(server, "anna").ask("pieces=3 third")
        for waits, place in ((bob, "next in line"), (anna, "2nd in line")):
            waits.page.wait_for_selector(f".message__waiting-text:has-text('Waiting – {place}')")
        first.page.click(".message [data-act=cancel]")
        for waits in (bob, anna):
            waits.answer("complete")
            assert waits.page.locator(".message__waiting").count() == 0
    finally:
        server.database.query("update palaver.providers set max_concurrent = null")
