"""What people say about calls of tools that wait for them."""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.models import tool_calls


def decide(actor: Actor, call: str, is_allowed: bool) -> dict[str, Any]:
    """Allow or refuse a call; the answer goes on.

    Raises:
        NotFound, Forbidden: it is not for this actor to see, or to decide.
        Conflict: it has been decided, or the answer has ended.
    """
    return tool_calls.decide(actor.id, call, is_allowed)
