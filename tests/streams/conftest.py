from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.readers import Readers
from tests.databases import Database
from tests.servers import Stack


@pytest.fixture
def start(database: Database, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Start a stack; it is stopped when the test ends."""
    with contextlib.ExitStack() as stops:

        def make(**options: object) -> Stack:
            made = Stack(database, tmp_path, **options)  # type: ignore[arg-type]
            stops.callback(made.stop)
            return made

        yield make


@pytest.fixture
def stack(start: Callable[..., Stack]) -> Stack:
    """Two gunicorn workers, a jobs worker, a mock model."""
    return start()


@pytest.fixture
def readers(stack: Stack) -> Iterator[Readers]:
    with Readers(stack.url) as made:
        yield made
