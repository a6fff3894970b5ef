"""A short run of `python -m bench.fuzz`, the same requests every time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.fuzz import ROLES, fuzz, the_world
from tests.blueprints.permissions import World
from tests.databases import Cluster

EXAMPLES = 6


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
