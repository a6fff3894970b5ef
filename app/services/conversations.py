from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.names import is_shown, spaced
from app.models import conversations, threads, users

MOST_USERS = 200


def create(
    actor: Actor, kind: str, title: str | None, members: list[str], client_id: str | None = None,
    assistant: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Begin a conversation of kind assistant, group or direct; see `api.conversation_create`."""
    return conversations.create(actor.id, kind, title and title[:200], members, client_id, assistant)


def page(actor: Actor, after: str | None = None, limit: int = 50, archived: bool = False) -> dict[str, Any]:
    """The actor's conversations, or those of them in the archive, last active first: `{items, next}`."""
    return conversations.page(actor.id, after, limit, archived)


def get(actor: Actor, conversation: str) -> dict[str, Any]:
    return conversations.get(actor.id, conversation)


def update(
    actor: Actor, conversation: str, title: str | None = None, archived: bool | None = None, **steering: str | None
) -> dict[str, Any]:
    """Give a conversation another name, or put it into the archive or take it out; what is None stays.

    Args:
        steering: `assistant_id` (None: the oldest in it) and `instructions`; what is left out stays.

    Raises:
        NotFound: the actor is not a member.
        Forbidden: he is neither an owner nor an admin, or no owner and it is about the archive.
        Conflict: it is a direct conversation.
        Invalid: the name cannot be seen.
    """
    if title is not None and not is_shown(title := spaced(title), 200):
        said = ["Use 1 to 200 characters that can be seen."]
        raise Invalid("The name will not do: use 1 to 200 characters that can be seen.", errors={"title": said})
    return conversations.update(actor.id, conversation, title, archived, steering)


def choices(actor: Actor, conversation: str | None = None) -> dict[str, Any]:
    """Which models can be asked, and which assistants are in a conversation or could be in a new one."""
    return conversations.choices(actor.id, conversation)


def threads_of(actor: Actor, conversation: str, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """The threads of a conversation, last active first: `{items, next}`."""
    return threads.page(actor.id, conversation, after, limit)


def find_users(
    actor: Actor, query: str = "", limit: int = 50, after: str | None = None, by_beginning: bool = True
) -> dict[str, Any]:
    """Users whom the actor could talk to, by the beginning of a name: `{items, next}`.

    Args:
        by_beginning: False shows people only to who knows the whole user name, or is an administrator.
    """
    name = query.strip()
    if by_beginning or actor.user["role"] == "admin":
        return users.search(actor.id, name, limit, after)
    found = users.search(actor.id, name, MOST_USERS)["items"]
    shown = [user for user in found if user["kind"] == "assistant" or user["username"].lower() == name.lower()]
    return {"items": shown[:limit], "next": None}
