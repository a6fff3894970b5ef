"""Making an account for oneself: open to everybody, with an invitation, or not at all."""

from __future__ import annotations

from typing import Any

from app.core import passwords
from app.core.errors import Forbidden, Gone
from app.models import accounts
from app.services import auth, letters, tokens
from app.services.mailing import Mailing

Registered = dict[str, Any]


def may_register(policy: str, invited: bool) -> None:
    """Is this the way in?

    Args:
        policy: open, invite or closed.

    Raises:
        Forbidden: it is not.
    """
    if policy == "closed":
        raise Forbidden("Registration is closed here; ask an administrator for an account.")
    if policy == "invite" and not invited:
        raise Forbidden("One registers here with an invitation; ask an administrator for one.")


def register(
    mailing: Mailing, policy: str, username: str, email: str, password: str, invite: str | None = None
) -> Registered:
    """Make an account.

    Returns:
        `{user, waits, mail}`: `waits` until the link in the mail is opened, before which nobody can sign in; `mail` is
        sent, failed, or None when this server sends none.

    Raises:
        Forbidden: the policy does not allow it.
        Invalid: the name, address or password will not do.
        Conflict: the name is taken (or the address, where no mail is sent).
        Gone: the invitation is of no use.
    """
    may_register(policy, bool(invite))
    auth.check_account(username, email, password)
    if invite and tokens.peek(invite, "registration") is None:
        raise Gone("This invitation was used already, has expired or was revoked; ask for another.")
    token, stored = tokens.make()
    made = accounts.register(
        username, email, passwords.make(password), tokens.digest(invite) if invite else None,
        stored if mailing.is_on else None, tokens.VERIFY_SECONDS,
    )  # fmt: skip
    return made | {"mail": mailing.send(_letter(mailing, made, email, token))}


def _letter(mailing: Mailing, made: dict[str, Any], email: str, token: str) -> Any:
    if made["taken"]:
        return letters.belongs_to_you(email, mailing.link("/forgot"))
    return letters.verify(email, made["user"]["username"], mailing.link(f"/verify/{token}"))
