"""The page of one's API keys: make one, see it once, revoke it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.settings import settings_page
from app.core.errors import Invalid, PalaverError
from app.core.scopes import SCOPES
from app.services import keys, proof

DAY = 86_400
LIFETIMES = {"30": "30 days", "90": "90 days", "365": "A year", "": "Until it is revoked"}


@blueprint.get("/settings/keys")
def settings_keys() -> Any:
    """One's keys, and a form for another."""
    return _show()


@blueprint.post("/settings/keys")
def create_key() -> Any:
    """Make a key; this page is the only one that ever shows its token."""
    try:
        form = request.form
        name, scopes, password = form.get("name", ""), form.getlist("scopes"), form.get("password") or None
        _, token = keys.create(actor(), name, scopes, _lifetime(), password)
    except PalaverError as error:
        return _show(error=error), error.status
    return _show(token=token), 201


@blueprint.post("/settings/keys/<uuid:key_id>/revoke")
def revoke_key(key_id: UUID) -> Any:
    """Revoke one."""
    try:
        keys.revoke(actor(), str(key_id))
    except PalaverError as error:
        return _show(error=error), error.status
    return redirect("/settings/keys", 303)


def _lifetime() -> int | None:
    days = request.form.get("days", "")
    if days not in LIFETIMES:
        raise Invalid("Choose how long the key shall count.")
    return int(days) * DAY if days else None


def _show(token: str | None = None, error: PalaverError | None = None) -> str:
    is_admin = actor().user["role"] == "admin"
    offered = {scope: meaning for scope, meaning in SCOPES.items() if scope != "admin" or is_admin}
    held, now = keys.list_of(actor()), datetime.now(UTC)
    for key in held:
        key["is_expired"] = bool(key["expires_at"]) and datetime.fromisoformat(key["expires_at"]) <= now
    return settings_page(
        "settings/keys.html", keys=held, token=token, error=error, scopes=offered, lifetimes=LIFETIMES,
        is_fresh=proof.is_fresh(actor()),
    )  # fmt: skip
