"""What must not be lost when the database is away for a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent

from app.core.errors import Unavailable

T = TypeVar("T")
DATABASE_PAUSE_SECONDS = 0.3


def patiently(call: Callable[..., T], *given: Any) -> T:
    """Call until the database is there; only what may be called twice."""
    while True:
        try:
            return call(*given)
        except Unavailable:
            gevent.sleep(DATABASE_PAUSE_SECONDS)
