"""The same under gunicorn and gevent: a provider that is slow keeps nobody else waiting."""

# ruff: noqa: F401, F811 (fixtures are imported)
from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.databases import Database
from tests.providers.cast import Providers, Trip, oidc, providers, running
from tests.providers.oidc import OidcServer
from tests.servers import Stack, Visitor


def test_over_two_workers(database: Database, tmp_path: Path, providers: Providers, oidc: OidcServer) -> None:
    settings = {f"PALAVER__OAUTH__{key.upper()}": str(value) for key, value in providers.options().items()}
    settings["PALAVER__OAUTH__TIMEOUT_SECONDS"] = "3"
    stack = Stack(database, tmp_path, workers=2, jobs=False, PALAVER__AUTH__REGISTRATION="open", **settings)
    try:
        Visitor(stack.url).set_up()
        oidc.person = {**oidc.person, "email": "lind@example.org"}
        for _ in range(4):  # begins at one worker, ends at another
            visitor = Visitor(stack.url)
            trip = Trip(visitor.ok("GET", "/api/oauth/oidc")["auth_url"])
            assert visitor.ok("GET", trip.path)["user"]["username"] == "anna.lind"
            assert visitor.request("GET", trip.path).status == 400
        oidc.trouble = {"/token": "slow"}
        answers: list[int] = []

        def wait() -> None:
            slow = Visitor(stack.url)
            trip = Trip(slow.ok("GET", "/api/oauth/oidc")["auth_url"])
            answers.append(slow.request("GET", trip.path).status)

        waiting = [threading.Thread(target=wait) for _ in range(6)]
        for thread in waiting:
            thread.start()
        answered = 0
        while any(thread.is_alive() for thread in waiting):
            answered += Visitor(stack.url).request("GET", "/healthz").status == 200
        for thread in waiting:
            thread.join()
        assert answers == [503] * 6 and answered > 6
        log = (tmp_path / "web.log").read_text()
        assert "Example ID did not answer" in log and "the secret of palaver" not in log and "code=" not in log
    finally:
        stack.stop()
