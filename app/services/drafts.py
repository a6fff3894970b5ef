from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.models import drafts


def save(actor: Actor, place: str, content: str) -> dict[str, Any]:
    """Keep what the actor types in a thread or, for a new thread, in a conversation; an empty text forgets it.

    Raises:
        NotFound: there is no such place for the actor.
        Invalid: the place is a message inside a thread.
    """
    return drafts.save(actor.id, place, content)


def page(actor: Actor, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """The actor's drafts, the newest first: `{items, next}`."""
    return drafts.page(actor.id, after, limit)


def get(actor: Actor, place: str) -> str:
    """What the actor has typed in one place and not sent."""
    return drafts.get(actor.id, place)
