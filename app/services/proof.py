"""Proving again who one is, before something that decides who may sign in."""

from __future__ import annotations

from datetime import UTC, datetime

from app.core.actor import Actor
from app.core.errors import Forbidden
from app.services import auth

FRESH_SECONDS = 600


def is_fresh(actor: Actor) -> bool:
    """Did the actor sign in a few minutes ago?"""
    begun = datetime.fromisoformat(actor.session["issued_at"])
    return (datetime.now(UTC) - begun).total_seconds() < FRESH_SECONDS


def require(actor: Actor, password: str | None, fresh_will_do: bool = False) -> None:
    """Let nobody go on who only found a browser that is signed in.

    Args:
        password: the actor's; who has none must have signed in a few minutes ago.
        fresh_will_do: a sign-in of the last minutes is enough for everybody.

    Raises:
        InvalidCredentials: the password is wrong.
        Forbidden: proof is missing.
    """
    if password:
        auth.check_password(actor, password)
    elif not is_fresh(actor) or (actor.user["has_password"] and not fresh_will_do):
        how = "Give your password." if actor.user["has_password"] else "Sign in once more, then repeat this."
        raise Forbidden(how, code="PV.AUTH.PROOF_REQUIRED")
