"""What a page does when its stream cannot go on as before."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from tests.journeys.conftest import Window
from tests.servers import PASSWORD, Stack, Visitor, wait_for

Open = Callable[..., Window]


def test_a_restored_database_reloads_the_page_once_and_keeps_the_draft(empty_server: Stack, window: Open) -> None:
    Visitor(empty_server.url).set_up("anna")
    anna = window(empty_server, "anna").ask("hello")
    anna.answer("complete")
    anna.page.fill("#content", "half a thought")
    loads: list[str] = []
    anna.page.on("load", lambda page: loads.append(page.url))
    empty_server.database.query("update palaver.server set epoch = 'another'")
    for worker in empty_server.web.children():
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: loads or anna.page.wait_for_timeout(50), what="the reload")
    anna.live()
    anna.page.wait_for_timeout(700)
    assert len(loads) == 1
    assert anna.page.input_value("#content") == "half a thought" and len(anna.texts()) == 2
    anna.complaints.clear()  # the browser says that it was cut off


def test_a_session_that_ends_elsewhere_is_said_and_nothing_is_lost(server: Stack, window: Open) -> None:
    anna = window(server, "anna").ask("hello")
    anna.answer("complete")
    anna.page.fill("#content", "half a thought")
    cookies = {cookie["name"]: cookie["value"] for cookie in anna.page.context.cookies()}
    headers = {"X-CSRF-TOKEN": cookies["CSRF-TOKEN"]}
    assert anna.page.request.post(f"{server.url}/api/auth/logout", headers=headers, data={}).ok
    notice = anna.page.locator("#offline", has_text="You have been signed out")
    notice.wait_for(timeout=15_000)
    notice.locator("a").click()
    anna.page.fill("#login", "anna")
    anna.page.fill("#password", PASSWORD)
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_url("**/t/*")
    assert anna.live().page.input_value("#content") == "half a thought"
    anna.complaints.clear()


# Every piece twice, the last first, the second missing, and a snapshot that is older than what is shown.
FEED = """async () => {
  const { Growing } = await import("/static/js/growing.js");
  const element = document.createElement("article");
  element.dataset.id = "some";
  element.innerHTML = '<div><div class="message__blocks"></div><div class="message__tail"></div></div>';
  document.getElementById("main").append(element);
  const grows = new Growing(element);
  grows.delta({ idx: 7, content: "before the snapshot " });
  grows.snapshot({ content: "zero one ", next_idx: 2 });
  for (const idx of [6, 2, 2, 1, 4, 4, 5, 6]) grows.delta({ idx, content: `${idx} ` });
  grows.snapshot({ content: "zero ", next_idx: 1 });
  await new Promise((done) => setTimeout(done, 300));
  return element.textContent;
}"""

# Blocks come rendered with the piece that completes them; those after a missed one stay text.
BLOCKS = """async () => {
  const { Growing } = await import("/static/js/growing.js");
  const element = document.createElement("article");
  element.innerHTML = '<div><div class="message__blocks"></div><div class="message__tail"></div></div>';
  document.getElementById("main").append(element);
  const grows = new Growing(element);
  grows.snapshot({ content: "# A\\n\\n<b>B", next_idx: 2, html: "<h1>A</h1>", end: 5 });
  grows.delta({ idx: 2, content: "\\n\\n```", html: "<p>&lt;b&gt;B</p>", start: 5, end: 11 });
  grows.delta({ idx: 3, content: "\\n```\\nC", html: "<p>wrong</p>", start: 99, end: 120 });
  await new Promise((done) => setTimeout(done, 200));
  return element.innerHTML;
}"""


def test_complete_blocks_are_rendered_while_the_answer_grows(server: Stack, window: Open) -> None:
    shown = window(server, "anna").live().page.evaluate(BLOCKS)
    assert '<div class="message__blocks"><h1>A</h1><p>&lt;b&gt;B</p></div>' in shown
    assert '<div class="message__tail message__tail--code">```\nC</div>' in shown


def test_pieces_come_in_any_order_and_are_shown_once(server: Stack, window: Open) -> None:
    page = window(server, "anna").live().page
    asked: list[str] = []

    def hole(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"items": [{"message_id": "some", "idx": n, "content": f"{n} "} for n in (2, 3, 4)]})

    page.route("**/api/messages/some/chunks*", hole)
    assert page.evaluate(FEED) == "zero one 2 3 4 5 6 "
    assert [url.split("?")[1] for url in asked] == ["from=2"]
