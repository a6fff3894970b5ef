"""Real browsers before a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api

from tests.databases import Cluster, Database
from tests.servers import PASSWORD, Stack, Visitor

CHROMIUM = os.environ.get("PALAVER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.fail("no Chromium here; install it, or name one with PALAVER_CHROMIUM")
    with sync_api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole server with anna and bob, for the journeys that need no empty one."""
    database = cluster.clone()
    stack = Stack(database, tmp_path_factory.mktemp("server"))
    Visitor(stack.url).set_up("anna")
    _add(database, "bob")
    yield stack
    stack.stop()
    cluster.drop(database)


@pytest.fixture
def empty_server(database: Database, tmp_path: Path) -> Iterator[Stack]:
    """A whole server that nobody has set up."""
    stack = Stack(database, tmp_path)
    yield stack
    stack.stop()


def _add(database: Database, name: str) -> None:
    from app.models import db
    from app.services import auth

    db.configure(database.runtime, 1)
    auth.create_user(name, f"{name}@example.org", PASSWORD, "member")
    db.close()


class Window:
    """A person's window; `page` is Playwright's. Complaints of the browser fail the journey."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        page.set_default_timeout(10_000)

    def go(self, path: str) -> Window:
        self.page.goto(self.url + path)
        return self

    def sign_in(self, name: str) -> Window:
        self.go("/sign-in")
        self.page.fill("#login", name)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/")
        return self

    def live(self) -> Window:
        """Wait until the stream of the page is open."""
        self.page.wait_for_selector('body[data-stream="open"]')
        return self

    def say(self, text: str) -> None:
        self.page.fill("#content", text)
        self.page.press("#content", "Enter")

    def ask(self, text: str) -> Window:
        """Ask the assistant from the first page, and arrive at the thread."""
        self.go("/").say(text)
        self.page.wait_for_url("**/t/*")
        return self.live()

    def answer(self, status: str) -> Any:
        """The last answer, once it has this status."""
        found = self.page.locator(f'.message--assistant[data-status="{status}"]').last
        found.wait_for(timeout=20_000)
        return found

    def texts(self) -> list[str]:
        # Not inner_texts(): what is out of sight is not laid out, so it has none.
        return [text.strip() for text in self.page.locator(".message__text").all_text_contents()]


@pytest.fixture
def window(browser: Any) -> Iterator[Callable[..., Window]]:
    """`window(server, name=None, **options)`: a new browser of its own, signed in when a name is given."""
    opened: list[tuple[Any, Window]] = []

    def open_window(stack: Stack, name: str | None = None, **options: Any) -> Window:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        made = Window(context.new_page(), stack.url)
        opened.append((context, made))
        return made.sign_in(name) if name else made

    yield open_window
    for context, _ in opened:
        for page in context.pages:
            page.goto("about:blank")  # what a page sends as it is left ends here: closing has hung on it
        context.close()
    assert [w.complaints for _, w in opened if w.complaints] == []
