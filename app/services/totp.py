"""The authenticator app (RFC 6238) as a second factor, and recovery codes for the day the phone is gone."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from typing import Any

import pyotp

from app.core.actor import Actor
from app.core.errors import Conflict, InvalidCredentials, RateLimited, Unavailable
from app.core.secrets import KeyRing, SecretsError
from app.models import sessions
from app.models import totp as model
from app.services import proof

log = logging.getLogger(__name__)

ISSUER = "Palaver"
STEP_SECONDS, WINDOW = 30, 1
CODES, CODE_CHARACTERS = 10, 16
USED_UP = "PV.AUTH.TRIES_USED_UP"
# Without letters and digits that look alike on paper; 16 characters of 31 are 79 bits, too many to try.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def state(actor: Actor) -> dict[str, Any]:
    """`{enabled, enabled_at, pending, recovery_codes_left}`."""
    return model.state(actor.id)


def begin(actor: Actor, keys: KeyRing, password: str | None) -> dict[str, str]:
    """A new secret for the authenticator app, shown this once: `{secret, uri}`. It counts after `confirm`.

    Raises:
        InvalidCredentials: the password is wrong.
        Conflict: an authenticator app is set up already.
    """
    proof.require(actor, password)
    secret = pyotp.random_base32()
    model.begin(actor.id, keys.encrypt(secret.encode(), actor.id))
    return {
        "secret": secret,
        "uri": pyotp.TOTP(secret).provisioning_uri(name=actor.user["username"], issuer_name=ISSUER),
    }


def confirm(actor: Actor, keys: KeyRing, code: str) -> list[str]:
    """Switch it on with a first code; the user's other sessions end. Answers the recovery codes, shown this once.

    Raises:
        Conflict: nothing is being set up.
        InvalidCredentials: the code is wrong.
    """
    sealed = model.pending(actor.id)
    if sealed is None:
        raise Conflict("Nothing is being set up; begin first.")
    step = _step_of(_opened(actor, keys, sealed), code)
    if step is None:
        if not model.refuse_pending(actor.id, actor.session["id"]):
            raise InvalidCredentials("This code is wrong, too; begin the set-up anew.")
        raise InvalidCredentials("This code is wrong; check the clock of your device and give the next one.")
    codes = _new_codes()
    model.confirm(actor.id, actor.session["id"], sealed, step, [_digest(c) for c in codes])
    return codes


def verify(actor: Actor, keys: KeyRing, code: str | None, recovery_code: str | None) -> str:
    """The second step of signing in: the session is whole afterwards. Answers the kind of second factor.

    Raises:
        Conflict: the session waits for nothing.
        InvalidCredentials: the code is wrong or was used before; the fifth in a row ends the session.
        RateLimited: too many wrong codes were given for this account.
    """
    if not actor.session["awaits_second_factor"] and (actor.session["second_factor"] or not actor.user["has_totp"]):
        raise Conflict("This session needs no code.")
    return _require_code(actor, keys, code, recovery_code)


def disable(actor: Actor, keys: KeyRing, password: str | None, code: str | None, recovery_code: str | None) -> None:
    """Do without the authenticator app again; the recovery codes go with it.

    Raises:
        Conflict: none is set up.
        InvalidCredentials: the password or the code is wrong.
    """
    proof.require(actor, password)
    if not actor.user["has_totp"]:
        raise Conflict("No authenticator app is set up.")
    _require_code(actor, keys, code, recovery_code)
    model.disable(actor.id)


def renew_codes(actor: Actor, password: str | None) -> list[str]:
    """Ten other recovery codes, shown this once; the former ones are worth nothing any more.

    Raises:
        InvalidCredentials: the password is wrong.
        Conflict: no authenticator app is set up.
    """
    proof.require(actor, password)
    codes = _new_codes()
    model.replace_codes(actor.id, [_digest(c) for c in codes])
    return codes


def reset(actor: Actor, user: str) -> None:
    """Take every second factor of an account away and end its sessions; for administrators.

    Raises:
        Forbidden: the actor is none.
        NotFound: there is no such user.
    """
    model.reset(actor.id, user)


def reseal(keys: KeyRing, page: int = 200) -> tuple[int, list[str]]:
    """Encrypt every stored secret with the newest key.

    Returns:
        How many were not, and the ids of the users whose secret no key in the ring can read.
    """
    after, count, lost = None, 0, []
    while rows := model.sealed(after, page):
        for row in rows:
            after = row["user_id"]
            try:
                count += _reseal(keys, after, row["secret"])
            except SecretsError:
                lost.append(after)
    return count, lost


def _reseal(keys: KeyRing, user: str, sealed: bytes) -> bool:
    if keys.is_newest(sealed):
        return False
    return model.reseal(user, sealed, keys.encrypt(keys.decrypt(sealed, user), user))


def _require_code(actor: Actor, keys: KeyRing, code: str | None, recovery_code: str | None) -> str:
    session = actor.session["id"]
    tried = model.attempt(actor.id, session)
    if tried is None:
        sessions.end(actor.id, session)
        raise InvalidCredentials("Too many wrong codes; sign in again.", code=USED_UP)
    if recovery_code:
        right, kind = model.accept_recovery(actor.id, session, _digest(recovery_code)), "recovery_code"
    elif tried["wait"]:
        raise RateLimited(
            "Too many wrong codes were given for this account; wait a quarter of an hour, or use a recovery code."
        )
    else:
        right, kind = _is_code(actor, keys, tried["secret"], code or ""), "totp"
    if not right:
        left = model.refuse(actor.id, session, kind)
        raise InvalidCredentials(_wrong(left), code=None if left else USED_UP)
    return kind


def _is_code(actor: Actor, keys: KeyRing, sealed: bytes | None, code: str) -> bool:
    step = _step_of(_opened(actor, keys, sealed), code) if sealed else None
    return step is not None and model.accept(actor.id, actor.session["id"], step)


def _opened(actor: Actor, keys: KeyRing, sealed: bytes) -> bytes:
    try:
        return keys.decrypt(sealed, actor.id)
    except SecretsError as error:
        log.error("the authenticator app of user %s cannot be checked: %s", actor.id, error)
        raise Unavailable(
            "The server cannot check codes right now; use a recovery code, and tell its operator."
        ) from None


def _step_of(secret: bytes, code: str) -> int | None:
    """The time step whose code this is, among the present one and its neighbours; every one is compared."""
    app, now, found = pyotp.TOTP(secret.decode()), int(time.time()) // STEP_SECONDS, None
    given = "".join(code.split()).encode()
    for step in range(now - WINDOW, now + WINDOW + 1):
        if hmac.compare_digest(app.generate_otp(step).encode(), given):
            found = step
    return found


def _wrong(left: int) -> str:
    if not left:
        return "This code is wrong, too; sign in again."
    tries = "one more try" if left == 1 else f"{left} more tries"
    return f"This code is wrong or was used before; you have {tries}."


def _new_codes() -> list[str]:
    return [_grouped("".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))) for _ in range(CODES)]


def _grouped(text: str) -> str:
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def _digest(code: str) -> bytes:
    """However it is typed: capitals, spaces and dashes do not matter."""
    return hashlib.sha256("".join(c for c in code.lower() if c.isalnum()).encode()).digest()
