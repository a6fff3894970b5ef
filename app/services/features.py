"""Switches that administrators set while the server runs."""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.features import FEATURES, Features
from app.models import features


def shown(state: Features) -> list[dict[str, Any]]:
    """Every feature with its state in this process."""
    return [
        {"name": f.name, "enabled": state.is_on(f.name), "default": f.default, "at_runtime": f.at_runtime,
         "meaning": f.meaning}
        for f in FEATURES.values()
    ]  # fmt: skip


def switch(actor: Actor | None, name: str, enabled: bool) -> dict[str, bool]:
    """Switch a run-time feature, in every process; answers all that is switched.

    Args:
        actor: an administrator; None is the operator at the command line.

    Raises:
        NotFound: there is no such feature.
        Conflict: the configuration decides about it at start.
    """
    if name not in FEATURES:
        raise NotFound(f"There is no feature {name!r}.")
    if not FEATURES[name].at_runtime:
        raise Conflict(f"What {name} mounts is decided at start: set features.{name} in the configuration and restart.")
    return features.switch(actor.id, name, enabled) if actor else features.switch_as_operator(name, enabled)
