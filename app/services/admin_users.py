"""What administrators do with accounts and sessions of others. The stored functions refuse everybody else."""

from __future__ import annotations

from typing import Any

from app.core import passwords
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.names import spaced
from app.models import sessions, users
from app.services import auth, keys


def page(actor: Actor, query: str = "", after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """People by name: `{items, next}`. `query` is a part of a name or an address."""
    return users.page(actor.id, query.strip(), after, limit)


def get(actor: Actor, user: str) -> dict[str, Any]:
    """One account in full."""
    return users.details(actor.id, user)


def create(actor: Actor, username: str, email: str | None, password: str, role: str,
           display_name: str | None = None) -> dict[str, Any]:  # fmt: skip
    """Make an account for somebody.

    Raises:
        Conflict: the name or address is taken.
        Invalid: the name, address or password will not do.
        Forbidden: an API key may not make administrators.
    """
    keys.require_may_grant(actor, role)
    auth.check_account(username, email, password, display_name)
    return users.add(actor.id, username, email, display_name and spaced(display_name), passwords.make(password), role)


def govern(actor: Actor, user: str, role: str | None = None, disabled: bool | None = None) -> dict[str, Any]:
    """Another role, or no access at all; what is None stays.

    Raises:
        Conflict: nobody would be left to administer this server.
        Forbidden: an API key may not make administrators.
    """
    keys.require_may_grant(actor, role)
    return users.govern(actor.id, user, role, disabled)


def sessions_page(actor: Actor, user: str | None, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Living sessions, newest first: `{items, next}`."""
    return sessions.page(actor.id, user, after, limit)


def end_session(actor: Actor, session: str) -> None:
    """End anybody's session.

    Raises:
        NotFound: there is no such living session.
    """
    if not sessions.end_of(actor.id, session, None):
        raise NotFound("There is no such session, or it has ended already.")


def end_sessions(actor: Actor, user: str) -> int:
    """End every session of somebody; answers how many."""
    return sessions.end_of(actor.id, None, user)
