"""Who is in a conversation. Who may change it is decided by the stored functions."""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.models import members


def page(actor: Actor, conversation: str, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Everybody in a conversation, longest there first: `{items, next}`."""
    return members.page(actor.id, conversation, after, limit)


def add(actor: Actor, conversation: str, user: str, role: str = "member") -> dict[str, Any]:
    """Add a person or an assistant to a group; who is in it with this role already stays as he is.

    Raises:
        NotFound: the actor is not a member.
        Forbidden: he may not add anybody, or nobody with this role.
        Conflict: the conversation is no group or in the archive, or this person is in it with another role.
        Invalid: there is no such user, or the account is disabled.
    """
    return members.add(actor.id, conversation, user, role)


def set_role(actor: Actor, conversation: str, user: str, role: str) -> dict[str, Any]:
    """Give a member another role.

    Raises:
        NotFound: one of the two is not a member.
        Forbidden: the actor may not do this.
        Conflict: this is the last owner, or the conversation is no group.
    """
    return members.set_role(actor.id, conversation, user, role)


def remove(actor: Actor, conversation: str, user: str) -> None:
    """Take somebody out of a group, or leave. Raises as `set_role` does."""
    members.remove(actor.id, conversation, user)


def leave(actor: Actor, conversation: str) -> None:
    """Leave a conversation; a direct one is only taken out of the list, until it goes on.

    Raises:
        NotFound: the actor is not a member.
        Conflict: he is the last owner of people who stay.
    """
    members.leave(actor.id, conversation)
