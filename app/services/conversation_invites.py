"""Invitations to a conversation. Who may make them, and what ends them, is decided by the stored functions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models import conversation_invites, conversations
from app.services import auth, letters, tokens
from app.services.mailing import Mailing, Outcome

DAY = 86_400
LONGEST_SECONDS = 30 * DAY


def create(
    actor: Actor, mailing: Mailing, conversation: str, email: str | None, role: str, seconds: int = 7 * DAY
) -> dict[str, Any]:
    """Invite somebody; the link is in the answer, and nowhere else but in the mail.

    Args:
        email: whose verified address it must be; anybody who holds the link when None.

    Returns:
        The invitation with its `token`, its `url`, and `mail`: sent, failed, or None when none was to be sent.

    Raises:
        NotFound: the actor is not a member.
        Forbidden: he may not invite, or not with this role.
        Conflict: the conversation is no group or in the archive, or there are too many invitations.
        Invalid: this is not an address, or nobody can verify one here.
    """
    if email is not None:
        _check_email(mailing, email)
    token, stored = tokens.make()
    made = conversation_invites.create(actor.id, conversation, stored, email, role, seconds)
    url = mailing.link(f"/invites/{token}")
    return made | {"token": token, "url": url, "mail": _send(actor, mailing, made, url, seconds)}


def _check_email(mailing: Mailing, email: str) -> None:
    if not mailing.is_on:
        said = (
            "This server sends no mails, so nobody can verify an address; leave it out and pass the link on yourself."
        )
        raise Invalid(said, errors={"email": [said]})
    auth.check_email(email)


def _send(actor: Actor, mailing: Mailing, made: dict[str, Any], url: str, seconds: int) -> Outcome:
    if made["email"] is None:
        return None
    title = conversations.get(actor.id, made["conversation_id"])["title"]
    days = max(1, round(seconds / DAY))
    return mailing.send(letters.joining(made["email"], actor.user["display_name"], title, url, days))


def page(actor: Actor, conversation: str, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """The invitations to a conversation, newest first, for those who may invite: `{items, next}`."""
    return conversation_invites.page(actor.id, conversation, after, limit)


def peek(actor: Actor | None, token: str) -> dict[str, Any] | None:
    """What a link is good for: its `state` and, while that is open, the conversation's title and who invited."""
    return conversation_invites.peek(actor.id if actor else None, tokens.digest(token))


def accept(actor: Actor, token: str) -> dict[str, Any]:
    """Come in: the conversation.

    Raises:
        NotFound: there is no such invitation.
        Gone: it was used or revoked, has expired, or its maker may not invite any more.
        Forbidden: it is for another address, or for one that is not verified.
        Conflict: the conversation is in the archive.
    """
    return conversation_invites.accept(actor.id, tokens.digest(token))


def revoke(actor: Actor, invite: str) -> dict[str, Any]:
    """Make an invitation useless.

    Args:
        invite: its id or its token.

    Raises:
        NotFound: there is no such invitation to a conversation of the actor's.
        Forbidden: he may not invite.
        Gone: it is of no use already.
    """
    try:
        return conversation_invites.revoke(actor.id, str(UUID(invite)), None)
    except ValueError:
        return conversation_invites.revoke(actor.id, None, tokens.digest(invite))
