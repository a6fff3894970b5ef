"""What a limit is, and which limits concern a request. Knows neither where they are kept nor where they are counted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

SCOPES = ("ip", "user", "session", "key")
METHODS = ("*", "GET", "POST", "PUT", "PATCH", "DELETE")
ALGORITHMS = ("moving_window", "gcra")
# More paths than a server has in use at once; whoever invents others only makes ours be looked up anew.
REMEMBERED = 4096
_WILD = re.compile(r"\*|:.+|<.+>|\{.+\}")


@dataclass(frozen=True)
class Budget:
    """How much: `amount` in any `seconds` (moving_window), or `amount` at once and one more every `seconds / amount` (gcra)."""

    profile: str
    algorithm: str
    amount: int
    seconds: float

    @classmethod
    def of(cls, profile: dict[str, Any]) -> Budget:
        """The budget of a profile as the database has it."""
        params = profile["params"]
        if profile["algorithm"] == "gcra":
            burst = int(params["burst"])
            return cls(profile["name"], "gcra", burst, burst / float(params["requests_per_second"]))
        return cls(profile["name"], "moving_window", int(params["limit"]), float(params["window_seconds"]))

    @property
    def key(self) -> str:
        """Part of the counter's name: a change of the amount goes on counting, a change of the window begins anew."""
        return "gcra" if self.algorithm == "gcra" else f"{self.seconds:g}"


@dataclass(frozen=True)
class Taken:
    """What a counter answered.

    Attributes:
        remaining: how many more would be allowed right now.
        reset: seconds until the counter is as if nothing had ever been taken.
        retry: seconds until one more is allowed; 0 when it was.
    """

    allowed: bool
    remaining: int
    reset: float
    retry: float

    def headers(self, budget: Budget) -> dict[str, str]:
        """What the answer to a request says of it."""
        said = {
            "RateLimit-Limit": str(budget.amount),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(math.ceil(self.reset)),
            "X-RateLimit-Profile": budget.profile,
        }
        return said if self.allowed else said | {"Retry-After": str(max(1, math.ceil(self.retry)))}


@dataclass(frozen=True)
class Assignment:
    """A budget for the requests that `method` and `path` describe, counted for each thing of `scope`."""

    id: str
    budget: Budget
    method: str
    path: str
    scope: str

    @property
    def weight(self) -> tuple[int, bool, bool, str, str]:
        """The narrower one weighs more: more fixed parts of the path, a whole path before a beginning, a named method."""
        parts = _parts(self.path)
        fixed = sum(not _WILD.fullmatch(part) for part in parts)
        return fixed, not self.path.endswith("*"), self.method != "*", self.path, self.method

    def concerns(self, method: str, path: str) -> bool:
        """Is this request one of them?"""
        if self.method not in ("*", method):
            return False
        if self.path == "*":
            return True
        wanted, given = _parts(self.path), _parts(path)
        if wanted[-1:] == ["*"]:
            wanted.pop()
            given = given[: len(wanted)]
        return len(wanted) == len(given) and all(
            w == g or _WILD.fullmatch(w) for w, g in zip(wanted, given, strict=True)
        )


class Rules:
    """Everything that is enforced, as of one moment: replaced as a whole when it changes."""

    def __init__(self, profiles: Iterable[dict[str, Any]] = (), assignments: Iterable[dict[str, Any]] = ()) -> None:
        self.profiles = {p["name"]: Budget.of(p) for p in profiles}
        self._assignments = sorted(
            (Assignment(a["id"], self.profiles[a["profile_name"]], a["method"], a["path_pattern"], a["scope"])
             for a in assignments),
            key=lambda a: a.weight, reverse=True,
        )  # fmt: skip
        self.concerning = lru_cache(REMEMBERED)(self._concerning)

    def _concerning(self, method: str, path: str) -> tuple[Assignment, ...]:
        """At most one assignment a scope, the narrowest; addresses come first, because they cost nothing to find out."""
        method = "GET" if method == "HEAD" else method
        found: dict[str, Assignment] = {}
        for assignment in self._assignments:
            if assignment.scope not in found and assignment.concerns(method, path):
                found[assignment.scope] = assignment
        return tuple(found[scope] for scope in SCOPES if scope in found)


def network_of(address: str | None) -> str:
    """Who is counted as one address. Of IPv6 it is the network: a household has at least a /64 to choose from."""
    if not address or ":" not in address:
        return address or "unknown"
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or ip_network((int(found), 64), strict=False))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
