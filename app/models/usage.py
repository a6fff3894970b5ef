"""What models were asked for. `chosen` holds `from` and `to` (days, both included), `by`, and any filter of `usage_named`."""

from typing import Any

from psycopg2.extras import Json

from app.models import db


def own(actor: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """`{items, total}` of what this user asked for."""
    return db.read("usage_own", actor, Json(chosen))


def everybody(actor: str, chosen: dict[str, Any]) -> dict[str, Any]:
    return db.read("usage_all", actor, Json(chosen))


def as_operator(chosen: dict[str, Any]) -> dict[str, Any]:
    return db.read("usage_as_operator", Json(chosen))


def detail(actor: str, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each day, user, assistant, model and kind."""
    return db.read("usage_detail", actor, Json(chosen))
