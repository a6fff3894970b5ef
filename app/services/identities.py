"""Signing in with an account elsewhere, and linking one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

from app.adapters.oauth import Identity
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, PalaverError
from app.core.settings import Session
from app.models import audit, identities
from app.services import auth, tokens

STATE_SECONDS = 600


class Unverified(Forbidden):
    """The provider knows no address that its owner has shown to be his."""

    code, title = "PV.OAUTH.UNVERIFIED", "No verified e-mail address"


class LinkFirst(Conflict):
    """Somebody has this address already. Equal addresses alone never open an account."""

    code, title = "PV.OAUTH.LINK_FIRST", "You have an account already"


def sign_in(
    found: Identity, config: Session, user_agent: str, ip: str | None, *, policy: str, invite: str
) -> tuple[dict[str, Any], str]:
    """Begin a session of the account that an identity belongs to; make the account if that is allowed.

    Args:
        policy: who may make an account: open, invite or closed.
        invite: the token of an invitation to make one, or "".

    Returns:
        `{user, session}` and the session's token, as `auth.begin_session`.

    Raises:
        Unverified: there is no account yet, and the provider has verified no address.
        LinkFirst: an account has the address already.
        Forbidden: nobody may make an account, or this one is disabled.
    """
    try:
        user = identities.use(*_key(found), found.email, _name(found)) or _register(found, policy, invite)
        return auth.begin_session(user, config, user_agent, ip, found.provider)
    except PalaverError as error:
        audit.note(
            None, "sign_in.refused", "identity", found.subject, _name(found), method=found.provider, code=error.code
        )
        raise


def _register(found: Identity, policy: str, invite: str) -> str:
    if not found.email or len(found.email) > 254:
        raise Unverified("An account needs an e-mail address that was verified there; verify yours and begin again.")
    invite_hash = tokens.digest(invite) if invite and policy != "closed" else None
    try:
        return identities.register(
            *_key(found), found.email, _name(found), user_name(found), _shown(found.display_name)[:80] or None,
            policy == "open", invite_hash,
        )  # fmt: skip
    except Conflict as error:
        raise LinkFirst(error.detail) from None


def link(actor: Actor, found: Identity) -> list[dict[str, Any]]:
    """Let the actor sign in with this identity from now on; answers everything that is linked.

    Raises:
        Conflict: it is linked to somebody else, or another one of this provider to the actor.
    """
    return identities.link(actor.id, *_key(found), found.email, _name(found))


def list_of(actor: Actor) -> list[dict[str, Any]]:
    """What the actor has linked, oldest first."""
    return identities.list_of(actor.id)


def unlink(actor: Actor, provider: str, usable: list[str]) -> list[dict[str, Any]]:
    """Sign in with it no more; other sessions that were begun with it end.

    Args:
        usable: the providers that are configured, with which one can sign in.

    Raises:
        NotFound: the actor has not linked one.
        Conflict: the actor could not sign in any more.
    """
    return identities.unlink(actor.id, provider, usable, actor.session["id"])


def use_state(state: str) -> bool:
    """A state counts once; False when it has come back before."""
    return identities.use_state(hashlib.sha256(state.encode()).digest(), STATE_SECONDS)


def user_name(found: Identity) -> str:
    """A user name from what they are called elsewhere; whether it is free is looked at when the account is made."""
    for name in (*found.names, found.email or ""):
        plain = unicodedata.normalize("NFKD", name.partition("@")[0]).encode("ascii", "ignore").decode()
        made = re.sub(r"[^a-z0-9._-]+", "-", plain.lower()).strip("._-")[:32]
        if made:
            return made
    return "member"


def _key(found: Identity) -> tuple[str, str, str]:
    return found.provider, found.issuer, found.subject


def _name(found: Identity) -> str:
    """What it is called there, for people."""
    return next(filter(None, map(_shown, (*found.names, found.email or "", found.subject))), "?")[:254]


def _shown(text: str) -> str:
    """Without what cannot be seen: line ends, marks that turn the direction of writing, NUL."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable()).strip()
