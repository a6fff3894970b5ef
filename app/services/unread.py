from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.models import unread


def get(actor: Actor, conversation: str) -> dict[str, Any]:
    """How much is unread in a conversation, and in which threads: `{unread, mentions, seq, threads}`."""
    return unread.get(actor.id, conversation)


def read_thread(actor: Actor, root: str, message: str | None = None) -> dict[str, Any]:
    """The actor has read a thread up to a message, or to its end; a mark never goes back.

    Raises:
        NotFound: not a root, or nothing that the actor may see.
        Invalid: the message is in another thread.
    """
    return unread.read_thread(actor.id, root, message)


def read_conversation(actor: Actor, conversation: str) -> dict[str, Any]:
    """The actor has read everything in a conversation."""
    return unread.read_conversation(actor.id, conversation)
