from typing import Any

from app.models import db


def list_of(actor: str) -> list[dict[str, Any]]:
    return [_painted(row) for row in db.read("passkey_list", actor)]


def add(
    actor: str, session: str, challenge_hash: bytes, credential: bytes, public_key: bytes, count: int, name: str
) -> dict[str, Any]:
    return _painted(db.read("passkey_add", actor, session, challenge_hash, credential, public_key, count, name))


def rename(actor: str, passkey: str, name: str) -> dict[str, Any]:
    return _painted(db.read("passkey_rename", actor, passkey, name))


def remove(actor: str, passkey: str) -> None:
    db.read("passkey_remove", actor, passkey)


def find(credential: bytes) -> dict[str, Any] | None:
    """`{id, user_id, public_key, sign_count}`."""
    found = db.read("passkey_find", credential)
    return found and found | {"public_key": bytes.fromhex(found["public_key"])}


def use(passkey: str, challenge_hash: bytes, count: int) -> bool:
    return db.read("passkey_use", passkey, challenge_hash, count)


def accept(actor: str, session: str) -> None:
    db.read("passkey_pass", actor, session)


def _painted(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"credential_id": bytes.fromhex(row["credential_id"])}
