"""The pages of usage: one's own with what is left, and everybody's for administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.blueprints.api.admin_usage import as_download
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.charts import bars, shares
from app.blueprints.pages.settings import settings_page
from app.blueprints.pages.shell import uuid_of
from app.core.errors import Invalid, PalaverError
from app.schemas.usage import BY, KINDS, OWN_BY
from app.services import usage

# What the bars of the chart show.
SHOWN = {"tokens": "Tokens", "requests": "Requests", "money": "Money"}
CHOICES = ("user_id", "assistant_id", "model", "kind")


@blueprint.get("/settings/usage")
def own_usage() -> Any:
    """What I asked of models, and how much is left."""
    return _answered(_own)


@blueprint.get("/admin/usage")
@for_admins
def admin_usage() -> Any:
    """What everybody asked of models."""
    return _answered(_everybody)


@blueprint.get("/admin/usage/export")
@for_admins
def export_usage() -> Any:
    """The same as a file."""
    return as_download(_days() | _chosen())


def _own(error: PalaverError | None = None) -> str:
    days = _days() if error is None else {}
    by = _one_of("by", OWN_BY, "model")
    daily = usage.own(actor(), **days, by="day")
    told = usage.own(actor(), **days, by=by)
    return settings_page("settings/usage.html", **_seen(daily, told, by), choices=OWN_BY,
                         budgets=daily["budgets"], error=error)  # fmt: skip


def _everybody(error: PalaverError | None = None) -> str:
    given = _days() | _chosen() if error is None else {}
    by = _one_of("by", BY, "user")
    daily = usage.everybody(actor(), **given, by="day")
    told = usage.everybody(actor(), **given, by=by)
    kept = {name: request.args[name] for name in (*CHOICES, "from", "to") if request.args.get(name)}
    return admin_page("admin/usage.html", **_seen(daily, told, by), choices=BY, kinds=KINDS, chosen=kept,
                      query=urlencode(kept), error=error)  # fmt: skip


def _seen(daily: dict[str, Any], told: dict[str, Any], by: str) -> dict[str, Any]:
    """What both pages show: a bar for each day, a row for each of `by`."""
    shown = _one_of("show", tuple(SHOWN), "tokens")
    days = usage.by_day(daily)
    rows = list(reversed(days)) if by == "day" else told["items"]
    return {
        "first": told["from"], "last": told["to"], "by": by, "show": shown, "shows": SHOWN, "total": told["total"],
        "rows": shares([row for row in rows if by != "day" or row["requests"]], shown), "chart": bars(days, shown),
        "days": days,
    }  # fmt: skip


def _answered(show: Callable[[PalaverError | None], str]) -> Any:
    """The page; with the days that were asked for, or with a sentence and the usual ones."""
    try:
        return show(None)
    except Invalid as error:
        return show(error), error.status


def _days() -> dict[str, date | None]:
    """The days that the address names."""
    try:
        return {
            name: date.fromisoformat(given) if (given := request.args.get(key, "").strip()) else None
            for name, key in (("first", "from"), ("last", "to"))
        }
    except ValueError:
        raise Invalid("Write days as 2026-11-20.") from None


def _chosen() -> dict[str, Any]:
    """Whose usage, or of what; what is no id is left out."""
    ids = {name: uuid_of(request.args.get(name)) for name in ("user_id", "assistant_id")}
    model = request.args.get("model", "").replace("\x00", "")[:128] or None
    return ids | {"model": model, "kind": _one_of("kind", KINDS, "") or None}


def _one_of(name: str, possible: tuple[str, ...], otherwise: str) -> str:
    given = request.args.get(name, "")
    return given if given in possible else otherwise
