"""Passkeys (WebAuthn): signing in without a password, and as a second factor."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers import parse_authentication_credential_json as parse
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, InvalidCredentials, PalaverError
from app.core.names import is_shown, spaced
from app.core.secrets import KeyRing
from app.core.settings import Session
from app.models import audit
from app.models import passkeys as model
from app.services import auth, proof

TICKET_SECONDS = 300
NAME_LENGTH = 80
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Site:
    """What a passkey belongs to.

    Attributes:
        origin: where people reach this server.
        keys: sign the tickets.
    """

    origin: str
    keys: KeyRing

    @property
    def rp_id(self) -> str:
        return urlsplit(self.origin).hostname or ""


def list_of(actor: Actor) -> list[dict[str, Any]]:
    """The actor's passkeys, oldest first."""
    return model.list_of(actor.id)


def begin_add(actor: Actor, site: Site, password: str | None) -> tuple[dict[str, Any], str]:
    """What the browser needs to make a passkey, and the ticket that only this session can answer with.

    Raises:
        InvalidCredentials: the password is wrong.
        Forbidden: the sign-in was a while ago and no password is given.
    """
    proof.require(actor, password, fresh_will_do=True)
    challenge, ticket = _challenge(site, "add", actor.session["id"])
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id, rp_name="Palaver", challenge=challenge, user_id=UUID(actor.id).bytes,
        user_name=actor.user["username"], user_display_name=actor.user["display_name"],
        exclude_credentials=_descriptors(actor), timeout=TICKET_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
    )  # fmt: skip
    return options_to_json_dict(options), ticket


def add(actor: Actor, site: Site, ticket: str | None, credential: dict[str, Any], name: str) -> dict[str, Any]:
    """Keep the passkey that the browser made.

    Raises:
        Invalid: the browser's answer is not to what it was asked, or comes from another site.
        Conflict: it was given before, or there are too many.
    """
    challenge = _challenge_of(site, ticket, "add", actor.session["id"])
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id,
            expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except Exception as error:  # it takes apart what a stranger sent: whatever fails in there is his fault
        raise Invalid("The passkey could not be checked; begin again.") from error
    return model.add(
        actor.id, actor.session["id"], sha256(challenge).digest(), made.credential_id, made.credential_public_key,
        made.sign_count, _name(name),
    )  # fmt: skip


def rename(actor: Actor, passkey: str, name: str) -> dict[str, Any]:
    """Call one of the actor's passkeys something else.

    Raises:
        NotFound: the actor has no such passkey.
    """
    return model.rename(actor.id, passkey, _name(name))


def remove(actor: Actor, passkey: str, password: str | None) -> None:
    """Forget a passkey: nobody signs in with it any more.

    Raises:
        NotFound: the actor has no such passkey.
        Forbidden: the sign-in was a while ago and no password is given.
    """
    proof.require(actor, password, fresh_will_do=True)
    model.remove(actor.id, passkey)


def begin_sign_in(site: Site) -> tuple[dict[str, Any], str]:
    """What the browser needs to show a passkey, whoever it belongs to, and the ticket to answer with."""
    return _request(site, "sign_in", "", [])


def sign_in(
    site: Site, ticket: str | None, credential: dict[str, Any], config: Session, user_agent: str, ip: str | None
) -> tuple[dict[str, Any], str]:
    """Begin a session for whoever the passkey belongs to: `{user, session}` and the session's token.

    Raises:
        InvalidCredentials: the passkey is unknown, or its answer is not to what was asked.
        Forbidden: the account is disabled.
    """
    user = _shown(site, _challenge_of(site, ticket, "sign_in", ""), credential)
    return auth.begin_session(user, config, user_agent, ip, method="passkey")


def begin_verify(actor: Actor, site: Site) -> tuple[dict[str, Any], str]:
    """As `begin_sign_in`, for one of the actor's passkeys as a second factor.

    Raises:
        Conflict: the actor has none.
    """
    mine = _descriptors(actor)
    if not mine:
        raise Conflict("You have no passkey; use your authenticator app or a recovery code.")
    return _request(site, "verify", actor.session["id"], mine)


def verify(actor: Actor, site: Site, ticket: str | None, credential: dict[str, Any]) -> str:
    """The second step of signing in, with a passkey; answers the kind of second factor.

    Raises:
        InvalidCredentials: it is not a passkey of the actor's, or its answer is not to what was asked.
    """
    challenge = _challenge_of(site, ticket, "verify", actor.session["id"])
    _shown(site, challenge, credential, owner=actor.id)
    model.accept(actor.id, actor.session["id"])
    return "passkey"


def _shown(site: Site, challenge: bytes, credential: dict[str, Any], owner: str | None = None) -> str:
    """The user whose passkey this is, once its signature was checked and counted."""
    found = None
    try:
        shown = parse(credential)
        found = model.find(shown.raw_id)
        if found is None or owner not in (None, found["user_id"]):
            raise ValueError("unknown passkey")
        handle = shown.response.user_handle
        if (handle is None and owner is None) or handle not in (None, UUID(found["user_id"]).bytes):
            raise ValueError("the passkey is another user's")
        checked = webauthn.verify_authentication_response(
            credential=shown, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            credential_public_key=found["public_key"], credential_current_sign_count=found["sign_count"],
            require_user_verification=True,
        )  # fmt: skip
        if not model.use(found["id"], sha256(challenge).digest(), checked.new_sign_count):
            raise ValueError("answered before, or the passkey was copied")
    except PalaverError:
        raise
    except Exception as error:  # it takes apart what a stranger sent: whatever fails in there is his fault
        user = found["user_id"] if found else None
        why = str(error)[:200].replace("\x00", "").encode(errors="replace").decode()  # PostgreSQL stores no half pairs
        audit.note(None, "passkey.refused", "user", user, why=why)
        raise InvalidCredentials("This passkey was not accepted; try again, or sign in with your password.") from error
    return str(found["user_id"])


def _request(
    site: Site, purpose: str, owner: str, allowed: list[PublicKeyCredentialDescriptor]
) -> tuple[dict[str, Any], str]:
    challenge, ticket = _challenge(site, purpose, owner)
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id, challenge=challenge, allow_credentials=allowed, user_verification=_VERIFIED,
        timeout=TICKET_SECONDS * 1000,
    )  # fmt: skip
    return options_to_json_dict(options), ticket


def _challenge(site: Site, purpose: str, owner: str) -> tuple[bytes, str]:
    """A challenge, and the signed ticket with which the browser brings it back; nothing is stored until it is used."""
    challenge = os.urandom(32)
    body = f"{bytes_to_base64url(challenge)}.{int(time.time()) + TICKET_SECONDS}"
    return challenge, f"{body}.{site.keys.sign(f'passkey:{purpose}:{owner}:{body}')}"


def _challenge_of(site: Site, ticket: str | None, purpose: str, owner: str) -> bytes:
    body, _, signature = (ticket or "").rpartition(".")
    if site.keys.is_signed(f"passkey:{purpose}:{owner}:{body}", signature):
        challenge, _, expires = body.partition(".")
        if int(expires) >= time.time():
            return base64url_to_bytes(challenge)
    raise Invalid("This took too long, or was begun elsewhere; try again.")


def _descriptors(actor: Actor) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in model.list_of(actor.id)]


def _name(given: str) -> str:
    name = spaced(given)
    if not is_shown(name, NAME_LENGTH):
        raise Invalid(
            f"Name it in 1 to {NAME_LENGTH} characters that can be seen.", errors={"name": ["Give it a name."]}
        )
    return name
