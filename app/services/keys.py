"""Keys for programs: made, listed, revoked, and who holds one."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.names import is_shown, spaced
from app.core.scopes import SCOPES
from app.models import keys
from app.services import proof

# What a token begins with, so that tools which look for leaked secrets know it.
MARK = "pv_"
SHOWN_CHARACTERS = len(MARK) + 6
TOKEN_CHARACTERS = len(MARK) + 43


def create(
    actor: Actor, name: str, scopes: list[str], ttl_seconds: int | None = None, password: str | None = None
) -> tuple[dict[str, Any], str]:
    """Make a key of the actor's.

    Args:
        ttl_seconds: it ends after this long; None for never.
        password: the actor's, unless the sign-in was a few minutes ago: a key outlives the session.

    Returns:
        The key, and its token, which is told only now.

    Raises:
        Invalid: no name, or no scope.
        InvalidCredentials: the password is wrong.
        Forbidden: the sign-in was a while ago and no password is given, or the scope `admin` for somebody who is no
            administrator.
        Conflict: there are too many already.
    """
    given = checked(name, scopes)
    proof.require(actor, password, fresh_will_do=True)
    token = new_token()
    return keys.create(actor.id, *given, digest(token), token[:SHOWN_CHARACTERS], ttl_seconds), token


def create_for(login: str, name: str, scopes: list[str], ttl_seconds: int | None = None) -> tuple[dict[str, Any], str]:
    """Make a key for a user (name or e-mail address), as the operator. Raises as `create` does, and NotFound."""
    token = new_token()
    return keys.make(login, *checked(name, scopes), digest(token), token[:SHOWN_CHARACTERS], ttl_seconds), token


def holder(token: str) -> tuple[Actor, float] | None:
    """Who sends this token, if it is a living key's, and for how many seconds that may be believed: one call of the
    database."""
    if not token.startswith(MARK) or len(token) != TOKEN_CHARACTERS:
        return None
    found = keys.load(digest(token))
    return (Actor(found["user"]["id"], {}, found["user"], found["key"]), found["seconds"]) if found else None


def list_of(actor: Actor) -> list[dict[str, Any]]:
    """The actor's keys, newest first."""
    return keys.list_of(actor.id)


def revoke(actor: Actor, key: str) -> None:
    """End a key of the actor's, or (for administrators) anybody's; the streams that it opened close.

    Raises:
        NotFound: there is no such key.
    """
    if not keys.revoke(actor.id, key):
        raise NotFound("There is no such key, or it was revoked already.")


def require_may_grant(actor: Actor, role: str | None) -> None:
    """May the actor give somebody this role? A leaked key must not be able to make itself permanent.

    Raises:
        Forbidden: the actor came with a key, and the role is that of administrators.
    """
    if actor.key is not None and role == "admin":
        raise Forbidden("An API key cannot make anybody an administrator; sign in and do it there.")


def checked(name: str, scopes: list[str]) -> tuple[str, list[str]]:
    """The name without needless spaces, and the scopes.

    Raises:
        Invalid: with one sentence a field.
    """
    name, wrong = spaced(name), {}
    if not is_shown(name, 128):
        wrong["name"] = ["Give the key a name of 1 to 128 characters that can be seen, so that you know it again."]
    if not scopes or not set(scopes) <= set(SCOPES):
        wrong["scopes"] = ["Choose what the key may do."]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)
    return name, scopes


def new_token() -> str:
    return MARK + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored instead of the token."""
    return sha256(token.encode()).digest()
