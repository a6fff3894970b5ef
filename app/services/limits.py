"""How often: the limits that are in force in this process, and what administrators change about them."""

from __future__ import annotations

import logging
from typing import Any

from app.adapters.limits import Counters
from app.core.actor import Actor
from app.core.errors import PalaverError
from app.core.limits import Budget, Rules, Taken
from app.models import limits

log = logging.getLogger(__name__)


class Limits:
    """The rules as this process knows them, and the counters that all processes share.

    Args:
        counters: None when nothing is limited (`rate_limits.enabled`).
    """

    def __init__(self, counters: Counters | None = None) -> None:
        self.counters = counters
        self._rules: Rules | None = None

    @property
    def enabled(self) -> bool:
        """Is anything limited?"""
        return self.counters is not None

    @property
    def rules(self) -> Rules:
        """What is in force; read when it is first asked for."""
        if self._rules is None:
            try:
                self.reload()
            except PalaverError as error:
                log.warning("the limits cannot be read: %s", error)
                return Rules()
        return self._rules or Rules()

    def reload(self) -> None:
        """Take over what the database says now.

        Raises:
            PalaverError: it does not answer; what was in force stays.
        """
        self._rules = Rules(**limits.rules())

    def take(self, key: str, budget: Budget) -> Taken | None:
        """Take one from a budget; None when nothing is limited."""
        return self.counters.take(key, budget) if self.counters else None


# As the database's pool: one a process, chosen by create_app().
current = Limits()


def configure(counters: Counters | None) -> Limits:
    """Enforce limits with these counters from now on; None enforces none."""
    global current
    current = Limits(counters)
    return current


def profiles(actor: Actor) -> list[dict[str, Any]]:
    """Every profile, by name. For administrators, as all that follow."""
    return limits.profiles(actor.id)


def create_profile(
    actor: Actor, name: str, algorithm: str, params: dict[str, Any], description: str | None
) -> dict[str, Any]:
    """A new profile.

    Raises:
        Conflict: the name is taken.
        Invalid: the algorithm cannot do with these params.
    """
    return _changed(limits.create_profile(actor.id, name, algorithm, params, description))


def update_profile(
    actor: Actor, profile: str, params: dict[str, Any], description: str | None, algorithm: str | None = None
) -> dict[str, Any]:
    """Other params for a profile. Raises NotFound, or Invalid as `create_profile` does."""
    return _changed(limits.update_profile(actor.id, profile, algorithm, params, description))


def delete_profile(actor: Actor, profile: str) -> None:
    """Raises: NotFound; Conflict while it is assigned."""
    limits.delete_profile(actor.id, profile)
    _follow()


def assignments(actor: Actor) -> list[dict[str, Any]]:
    """Every assignment, by path."""
    return limits.assignments(actor.id)


def assign(actor: Actor, profile: str, method: str, path: str, scope: str) -> dict[str, Any]:
    """Assign a profile to requests; it takes the place of the one that was assigned to exactly these before."""
    return _changed(limits.assign(actor.id, profile, method, path, scope))


def unassign(actor: Actor, assignment: str) -> None:
    """Raises: NotFound."""
    limits.unassign(actor.id, assignment)
    _follow()


def _changed(result: dict[str, Any]) -> dict[str, Any]:
    _follow()
    return result


def _follow() -> None:
    """In force in this process before the answer is given; the others are told by the database."""
    if current.enabled:
        current.reload()
