from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.core.actor import Actor
from app.core.settings import Presence
from app.models import presence


def heartbeat(actor: Actor, status: str, client_id: str | None, settings: Presence) -> dict[str, Any]:
    """The actor is there (`online`) or not at the keys (`away`)."""
    client = client_id or actor.credential_id
    return presence.heartbeat(actor.id, client, status, settings.away_seconds, settings.most_members)


def known(actor: Actor, users: Iterable[str]) -> dict[str, str]:
    """Who of these people, with whom the actor shares a conversation, is not offline, and their status."""
    wanted = list(users)
    found = presence.of(actor.id, wanted) if wanted else []
    return {person["user_id"]: person["status"] for person in found}


def page(actor: Actor, conversation: str, after: str | None = None, limit: int = 200) -> dict[str, Any]:
    """The people of a conversation and whether they are there: `{items, next}`."""
    return presence.page(actor.id, conversation, after, limit)


def typing(actor: Actor, conversation: str, root: str | None, seconds: int, settings: Presence) -> dict[str, Any]:
    """Tell the others that the actor is writing; see `api.typing_tell`."""
    return presence.typing(actor.id, conversation, root, seconds, settings.most_members)
