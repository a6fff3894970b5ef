from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Cluster
from tests.openai.asking import Asker
from tests.servers import Stack, Visitor


@pytest.fixture(scope="package")
def stack(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One Palaver with /v1 for all tests of this folder."""
    database = cluster.clone()
    made = Stack(database, tmp_path_factory.mktemp("v1"), PALAVER__FEATURES__OPENAI_V1="true", **OPTIONS)
    yield made
    made.stop()
    cluster.drop(database)


OPTIONS = {"PALAVER__RATE_LIMITS__ENABLED": "false", "PALAVER__LLM__QUEUE_SECONDS": "1"}


@pytest.fixture(scope="package")
def anna(stack: Stack) -> Visitor:
    return Visitor(stack.url).set_up()


@pytest.fixture(scope="package")
def asker(stack: Stack, anna: Visitor) -> Asker:
    """A program of anna's, with a key for /v1."""
    return Asker(stack, anna.ok("POST", "/api/auth/keys", {"name": "robot", "scopes": ["v1", "write"]})["token"])


@pytest.fixture(scope="session")
def folder() -> Path:
    return Path(__file__).parent
