"""Invitations to register."""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import invites
from app.services import auth, keys, letters, tokens
from app.services.mailing import Mailing

DAY = 86_400
ROLES = ("admin", "member", "read_only")


def create(actor: Actor | None, mailing: Mailing, email: str | None, role: str, seconds: int) -> dict[str, Any]:
    """Invite somebody; the link is in the answer, and nowhere else but in the mail.

    Args:
        actor: an administrator; None is the operator at the command line.
        email: whom alone it is good for; anybody who holds it when None.

    Returns:
        The invitation with its `token`, its `url`, and `mail`: sent, failed, or None when none was to be sent.

    Raises:
        Conflict: the address has an account.
        Forbidden: the actor is no administrator, or is an API key that invites one.
        Invalid: this is not an address.
    """
    if actor is not None:
        keys.require_may_grant(actor, role)
    if email is not None:
        auth.check_email(email)
    token, stored = tokens.make()
    made = (
        invites.create(actor.id, stored, email, role, seconds) if actor else invites.issue(stored, email, role, seconds)
    )
    url = mailing.link(f"/register?invite={token}")
    mail = mailing.send(letters.invitation(email, url, round(seconds / DAY))) if email else None
    return made | {"token": token, "url": url, "mail": mail}


def page(actor: Actor, after: str | None, limit: int) -> dict[str, Any]:
    """Invitations, newest first: `{items, next}`."""
    return invites.page(actor.id, after, limit)


def revoke(actor: Actor, invite: str) -> None:
    """Make an invitation useless.

    Raises:
        NotFound: there is none that could still be accepted.
    """
    if not invites.revoke(actor.id, invite):
        raise NotFound("There is no such invitation, or it was accepted, has expired or was revoked.")
