"""Another password: changed by who knows the old one, or chosen anew by who can open a link."""

from __future__ import annotations

import secrets
import time
from typing import Any

from app.core import passwords
from app.core.actor import Actor
from app.core.errors import Forbidden, Gone
from app.models import accounts, users
from app.services import auth, letters, proof, tokens
from app.services.mailing import Mailing

PAUSES = (0.05, 0.1, 0.15, 0.2)


def change(actor: Actor, mailing: Mailing, current: str | None, new: str, revoke_keys: bool = False) -> None:
    """Another password; every other session ends, and if wanted every API key.

    Raises:
        InvalidCredentials: the current one is wrong.
        Forbidden: the account has none yet, and its owner signed in too long ago to choose the first one.
        Invalid: the new one will not do.
    """
    auth.check_new_password(new, "new_password")
    found = users.credentials(actor.user["username"]) or {}
    if actor.user["has_password"]:
        auth.check_password(actor, current or "")
    elif not proof.is_fresh(actor):
        said = "Sign out and in again, and choose the password within ten minutes."
        raise Forbidden(said, code="PV.AUTH.PROOF_REQUIRED")
    accounts.set_password(actor.id, found.get("password_hash"), passwords.make(new), actor.session["id"], revoke_keys)
    if email := actor.user["email"]:
        letter = letters.password_changed(email, actor.user["username"], mailing.link("/forgot"))
        mailing.later(lambda: mailing.send(letter))


def forget(mailing: Mailing, login: str) -> None:
    """Send the link, if there is such an account. Nothing of it happens before the answer: neither what is said nor how
    long it takes tells whether there is one."""

    def work() -> None:
        # Begun at once, it would compete with this very answer for the processor: some tenths of a millisecond, measured.
        time.sleep(secrets.choice(PAUSES))
        token, stored = tokens.make()
        if found := accounts.forget_password(login.strip(), stored, tokens.RESET_SECONDS):
            mailing.send(letters.reset(found["email"], found["username"], mailing.link(f"/reset/{token}")))

    if mailing.is_on:
        mailing.later(work)


def reset(token: str, new: str) -> dict[str, Any]:
    """Choose the password anew; every session and every API key ends.

    Raises:
        Gone: the link is of no use.
        Invalid: the password will not do.
    """
    auth.check_new_password(new, "new_password")
    if tokens.peek(token, "reset_password") is None:  # before the hash is made, which costs something
        raise Gone("This link was used already, is too old, or was replaced by a newer one; ask for another.")
    return accounts.reset_password(tokens.digest(token), passwords.make(new))
