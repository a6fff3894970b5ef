"""A short run of `python -m bench.fuzz`, the same requests every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import abort

from app.services import conversations
from bench.fuzz import ROLES, Fuzzer, fuzz, operations, the_world
from tests.blueprints.permissions import World
from tests.databases import Cluster

EXAMPLES = 4


@pytest.fixture(scope="module")
def fuzzed(cluster: Cluster) -> Iterator[World]:
    with the_world(cluster) as world:
        yield world


@pytest.mark.parametrize("role", ROLES)
def test_no_request_breaks_the_server_or_the_document(fuzzed: World, role: str) -> None:
    found = fuzz(fuzzed, role, EXAMPLES)
    said = "\n\n".join(f"{name}\n{what}" for name, what in found.failures.items())
    assert not found.failures, f"{found.row()}\n{said}"
    doors = len(list(fuzzed.app.url_map.iter_rules()))
    assert found.requests > doors, found.row()
    assert role == "anonymous" or found.row()["2xx"] > found.requests // 20, found.row()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (lambda *_, **__: 1 / 0, "500"),
        (lambda *_, **__: {"items": [{"id": "x", "kind": "cabal"}], "next": None}, "violates schema"),
        (lambda *_, **__: abort(418), "Undocumented status code"),
    ],
)
def test_the_fuzzer_sees_what_is_wrong(
    fuzzed: World, monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Any], found: str
) -> None:
    fuzzer = Fuzzer(fuzzed, "member", 1)
    door = next(o for o in operations(fuzzed) if (o.method, o.path) == ("get", "/api/conversations"))
    fuzzer.run(door, EXAMPLES)
    assert fuzzer.found.failures == {} and fuzzer.found.statuses[200]
    monkeypatch.setattr(conversations, "page", answer)
    fuzzer.run(door, EXAMPLES)
    assert any(found in name + what for name, what in fuzzer.found.failures.items()), fuzzer.found.failures
