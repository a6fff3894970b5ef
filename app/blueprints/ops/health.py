"""Is it alive, is it ready. Answered without a session, quickly, and also when something hangs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify

from app.blueprints.guards import open_door
from app.core.errors import PalaverError
from app.models import ledger

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_door
def healthz() -> Any:
    """200 while every worker's loop turns and the database answers; 503 names what does not."""
    problems = current_app.extensions["pulse"].problems()
    return jsonify({"status": "failing" if problems else "ok", "problems": problems}), 503 if problems else 200


@blueprint.get("/readyz")
@open_door
def readyz() -> Any:
    """200 once every SQL file of this version is applied; 503 names what is missing."""
    try:
        missing = ledger.missing()
    except PalaverError:
        missing = ["database"]
    return jsonify({"ready": not missing, "missing": missing}), 503 if missing else 200
