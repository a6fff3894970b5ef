"""Work that needs the processor for long: beside the event loop, which would stop every stream meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gevent import get_hub, monkey

T = TypeVar("T")


def off_the_loop(function: Callable[..., T], *args: Any) -> T:
    """Call in a thread of gevent's pool while other greenlets go on; right here when nothing is patched."""
    if monkey.is_module_patched("socket"):
        return get_hub().threadpool.apply(function, args)
    return function(*args)
