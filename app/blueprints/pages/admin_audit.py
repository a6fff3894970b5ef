"""The page of the audit log: sentences, filters, and the same as a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.blueprints.api.admin_audit import as_download
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.core.audit import ACTIONS, actor_of, more, told
from app.core.errors import Invalid, PalaverError
from app.services import audit

SHOWN = 50


@blueprint.get("/admin/audit")
@for_admins
def admin_audit() -> Any:
    """The log, newest first, as far as the filters let it through."""
    try:
        listed = audit.page(actor(), _chosen(), request.args.get("after") or None, SHOWN)
    except PalaverError as error:
        return _show({"items": [], "next": None}, error), error.status
    return _show(listed)


@blueprint.get("/admin/audit/export")
@for_admins
def export_audit() -> Any:
    """What the filters let through, as a file of JSON lines."""
    return as_download(_chosen())


def _show(listed: dict[str, Any], error: PalaverError | None = None) -> str:
    kept = {name: request.args[name] for name in ("action", "actor", "since", "until") if request.args.get(name)}
    entries = [entry | {"who": actor_of(entry), "told": told(entry), "more": more(entry)} for entry in listed["items"]]
    return admin_page(
        "admin/audit.html", entries=entries, next=listed["next"], chosen=kept, query=urlencode(kept),
        nouns=sorted({name.partition(".")[0] for name in ACTIONS}), actions=sorted(ACTIONS), error=error,
    )  # fmt: skip


def _chosen() -> dict[str, str]:
    """The filters; both days are included."""
    given = {name: request.args.get(name, "").strip() for name in ("action", "actor", "since", "until")}
    try:
        days = {name: date.fromisoformat(given.pop(name) or "0001-01-01") for name in ("since", "until")}
        until = days["until"] + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid("Write days as 2026-11-20.") from None
    chosen = {name: value.replace("\x00", "") for name, value in given.items() if value}
    if request.args.get("since", "").strip():
        chosen["since"] = f"{days['since']}T00:00:00Z"
    if request.args.get("until", "").strip():
        chosen["until"] = f"{until}T00:00:00Z"
    return chosen
