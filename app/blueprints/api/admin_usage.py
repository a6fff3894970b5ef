from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import usage as schemas
from app.services import usage

blueprint = Blueprint("admin_usage", __name__, description="Everybody's usage of models, for administrators.")

_LINES = {
    "200": {
        "description": "A row for each day, user, assistant, model and kind.",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(usage.COLUMNS) + "\r\n"}},
    }
}


@blueprint.get("")
@blueprint.arguments(schemas.UsageQuery, location="query")
@blueprint.response(200, schemas.Usage)
@blueprint.alt_response(403, description="Not an administrator.")
def everybody(query: dict[str, Any]) -> Any:
    """Everybody's usage, by user, assistant, model, kind or day; what costs most comes first."""
    return usage.everybody(actor(), **_as_text(query))


@blueprint.get("/export")
@blueprint.arguments(schemas.UsageChoice, location="query")
@blueprint.doc(responses=_LINES)
@blueprint.alt_response(403, description="Not an administrator.")
def export(query: dict[str, Any]) -> Response:
    """All of it as CSV, the days in their order."""
    return as_download(_as_text(query))


def as_download(chosen: dict[str, Any]) -> Response:
    """The chosen rows as a file."""
    answer = Response(usage.export(actor(), **chosen), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="usage.csv"'
    return answer


def _as_text(query: dict[str, Any]) -> dict[str, Any]:
    return query | {name: str(query[name]) for name in ("user_id", "assistant_id") if query[name]}
