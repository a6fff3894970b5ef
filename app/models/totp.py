from typing import Any

from app.models import db


def state(actor: str) -> dict[str, Any]:
    """`{enabled, enabled_at, pending, recovery_codes_left}`."""
    return db.read("totp_state", actor)


def begin(actor: str, secret: bytes) -> None:
    db.read("totp_begin", actor, secret)


def pending(actor: str) -> bytes | None:
    """The encrypted secret that is being set up."""
    return _bytes(db.read("totp_pending", actor))


def refuse_pending(actor: str, session: str) -> int:
    """How many tries are left; without any the set-up is forgotten."""
    return db.read("totp_pending_refuse", actor, session)


def confirm(actor: str, session: str, secret: bytes, step: int, codes: list[bytes]) -> None:
    db.write("totp_confirm", actor, session, secret, step, codes)


def attempt(actor: str, session: str) -> dict[str, Any] | None:
    """`{left, wait, step, secret}`, or None when the session has no try left."""
    found = db.read("totp_try", actor, session)
    return found and found | {"secret": _bytes(found["secret"])}


def refuse(actor: str, session: str, kind: str) -> int:
    """How many tries are left; without any the session has ended."""
    return db.write("totp_refuse", actor, session, kind)


def accept(actor: str, session: str, step: int) -> bool:
    return db.read("totp_pass", actor, session, step)


def replace_codes(actor: str, codes: list[bytes]) -> None:
    db.read("recovery_replace", actor, codes)


def accept_recovery(actor: str, session: str, code: bytes) -> bool:
    return db.read("recovery_pass", actor, session, code)


def disable(actor: str) -> None:
    db.read("totp_disable", actor)


def reset(actor: str, user: str) -> None:
    db.write("totp_reset", actor, user)


def reset_as_operator(login: str) -> str:
    return db.write("totp_reset_as_operator", login)


def sealed(after: str | None, limit: int) -> list[dict[str, Any]]:
    """A page of `{user_id, secret}`: what is stored encrypted."""
    return [row | {"secret": _bytes(row["secret"])} for row in db.read("totp_sealed", after, limit)]


def reseal(user: str, old: bytes, new: bytes) -> bool:
    return db.read("totp_reseal", user, old, new)


def _bytes(text: str | None) -> bytes | None:
    return bytes.fromhex(text) if text else None
