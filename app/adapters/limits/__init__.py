"""Where requests are counted: in memory that the processes of this machine share, or in Redis for several machines."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from limits.storage import Storage

from app.core.config import ConfigError
from app.core.limits import Budget, Taken

# A window moves in steps of a thirtieth: so many counters and the one being filled.
STEPS = 30


class Counters(Storage):
    """A storage that decides, counts and tells what is left in one step."""

    @abstractmethod
    def take(self, key: str, budget: Budget, cost: int = 1) -> Taken:
        """Take `cost` from what `key` may still have, if that is there; nothing is taken otherwise."""

    @abstractmethod
    def clear(self, key: str) -> None:
        """Forget what was taken for `key` (of one budget)."""

    @property
    def base_exceptions(self) -> Any:
        return OSError

    def check(self) -> bool:
        return True

    # Strategies of the library that we do not use would call these.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def reset(self) -> int | None:
        raise NotImplementedError


def name_of(key: str, budget: Budget) -> str:
    """The counter's name."""
    return f"{budget.key}/{key}"


def storage_uri(url: str) -> str:
    """The address of the counters as flask-limiter takes it; what it needs is imported, and so known to it.

    Args:
        url: of Redis; empty counts on this machine.

    Raises:
        ConfigError: the package for Redis is not installed.
    """
    from app.adapters.limits import shared_memory  # noqa: F401

    if not url:
        return "palaver://"
    try:
        from app.adapters.limits import redis  # noqa: F401
    except ModuleNotFoundError:
        raise ConfigError(
            "rate_limits.storage_url needs the package redis: .venv/bin/pip install -r requirements-redis.txt"
        ) from None
    return url
