"""flask-limiter, with limits from the database, counters of our own, and headers on every answer.

It looks at a request after `guards.introduce` and before the guard: also who will be refused is counted. Addresses come
first, so that a flood from one of them never reaches the database.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limit, Limiter, RequestLimit
from flask_limiter._limits import RuntimeLimit
from flask_login import current_user
from limits import RateLimitItem, RateLimitItemPerSecond, WindowStats
from limits.strategies import STRATEGIES, RateLimiter

from app.adapters.limits import Counters, storage_uri
from app.core.actor import Actor
from app.core.errors import RateLimited
from app.core.limits import SCOPES, Assignment, Taken, network_of
from app.core.settings import RateLimits
from app.services import limits

# A monitor that is refused would report an outage.
EXEMPT = {"/healthz", "/readyz", "/metrics"}


def install(app: Flask, config: RateLimits) -> None:
    """Limit every request of the application. Call it before the workers are forked: they share what is made here.

    Raises:
        ConfigError: Redis is configured and its package is not installed.
    """
    app.extensions["limits"] = limits.configure(None)
    if not config.enabled:
        return
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)  # a line for every refusal would help a flood
    STRATEGIES["exact"] = _Exact  # type: ignore[assignment]
    limiter = Limiter(
        _nobody, app=app, default_limits=[_OfDatabase("")], strategy="exact", on_breach=_refuse,
        storage_uri=storage_uri(config.storage_url), storage_options={"counters": config.max_counters},
        request_identifier=lambda: request.endpoint or "nowhere",
    )  # fmt: skip
    app.extensions["limits"] = limits.configure(limiter.storage)  # type: ignore[arg-type]
    app.after_request(_tell)


class _Item(RateLimitItemPerSecond):
    """An assignment in the library's words."""

    __slots__ = ("assignment",)

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment.budget.amount, math.ceil(assignment.budget.seconds))
        self.assignment = assignment

    def key_for(self, *identifiers: Any) -> str:
        return "/".join(identifiers)

    def __lt__(self, other: RateLimitItem) -> bool:
        return isinstance(other, _Item) and _rank(self.assignment) < _rank(other.assignment)


class _Runtime(RuntimeLimit):
    """One that is made once for an assignment. The library's own compares sixteen fields several times a request."""

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def is_exempt(self) -> bool:
        """Asked when its turn comes: nobody is looked up before the address has been counted."""
        return self.key_func is not _address and not self.key_func()


@lru_cache(1024)
def _limit_of(assignment: Assignment) -> RuntimeLimit:
    return _Runtime(_Item(assignment), _KEYS[assignment.scope], assignment.id, shared=True)


class _OfDatabase(Limit):
    """The limits of the request at hand."""

    def __iter__(self) -> Iterator[RuntimeLimit]:
        if request.path not in EXEMPT:
            rules = current_app.extensions["limits"].rules
            yield from map(_limit_of, rules.concerning(request.method, request.path))


class _Exact(RateLimiter):
    """Counts as the assignment's profile says, and keeps the answer for the headers."""

    storage: Counters

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        taken = self._take(item, identifiers, cost)
        g.setdefault("limits", []).append((item.assignment.budget, taken))  # type: ignore[attr-defined]
        return taken.allowed

    def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        return self._take(item, identifiers, 0).remaining >= cost

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        taken = self._take(item, identifiers, 0)
        return WindowStats(time.time() + taken.reset, taken.remaining)

    def _take(self, item: RateLimitItem, identifiers: tuple[str, ...], cost: int) -> Taken:
        return self.storage.take(item.key_for(*identifiers), item.assignment.budget, cost)  # type: ignore[attr-defined]


def _refuse(_breached: RequestLimit) -> None:
    budget, taken = g.limits[-1]
    headers = taken.headers(budget)
    raise RateLimited(f"Too many requests; try again in {_words(int(headers['Retry-After']))}.", headers)


def _tell(response: Response) -> Response:
    """The headers of the limit that is nearest to its end."""
    if g.get("limits"):
        budget, taken = min(g.limits, key=lambda held: (held[1].allowed, held[1].remaining / held[0].amount))
        for name, value in taken.headers(budget).items():
            response.headers.setdefault(name, value)  # a refusal from further down speaks of its own limit
    return response


def _rank(assignment: Assignment) -> int:
    return SCOPES.index(assignment.scope)


def _nobody() -> str:
    return ""


def _address() -> str:
    return network_of(g.context["ip"])


def _actor() -> Actor | None:
    """Who asks, if it is somebody."""
    if "limits_actor" not in g:
        found = current_user._get_current_object()
        g.limits_actor = found if found.is_authenticated else None
    return g.limits_actor  # type: ignore[no-any-return]


def _user() -> str:
    actor = _actor()
    return actor.id if actor else ""


def _session() -> str:
    actor = _actor()
    return actor.session.get("id", "") if actor else ""


def _key() -> str:
    actor = _actor()
    return actor.key["id"] if actor and actor.key else ""


_KEYS: dict[str, Callable[[], str]] = {"ip": _address, "user": _user, "session": _session, "key": _key}


def _words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{math.ceil(seconds / 60)} minutes"
