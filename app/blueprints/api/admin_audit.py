from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import audit as schemas
from app.services import audit

blueprint = Blueprint("admin_audit", __name__, description="Who did what to whom, for administrators.")

_LINE = '{"id":"…","at":"2026-11-20T09:30:00+00:00","action":"session.created","actor_name":"anna","details":{}}\n'
_LINES = {
    "200": {
        "description": "One JSON object a line.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}, "example": _LINE}},
    }
}


@blueprint.get("")
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, schemas.EntryPage)
@blueprint.alt_response(403, description="Not an administrator.")
def list_(query: dict[str, Any]) -> Any:
    """The audit log, newest first."""
    after, limit = query.pop("after"), query.pop("limit")
    return audit.page(actor(), query, after, limit)


@blueprint.get("/export")
@blueprint.arguments(schemas.Choice, location="query")
@blueprint.doc(responses=_LINES)
@blueprint.alt_response(403, description="Not an administrator.")
def export(query: dict[str, Any]) -> Response:
    """All of it as JSON lines, newest first; it is sent while it is read."""
    return as_download(query)


def as_download(chosen: dict[str, Any]) -> Response:
    """The chosen entries as a file."""
    answer = Response(audit.lines(actor(), chosen), content_type="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return answer
