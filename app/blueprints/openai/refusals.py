"""Errors as OpenAI's API tells them."""

from __future__ import annotations

import re
from typing import Any

import orjson
from flask import Response, request

from app.core.errors import PalaverError

# What clients test for; whatever else is refused has no code.
CODES = {
    "PV.AUTH.INVALID_KEY": "invalid_api_key",
    "PV.AUTH.REQUIRED": "missing_api_key",
    "PV.BUDGET.EXCEEDED": "insufficient_quota",
    "PV.RATE_LIMITED": "rate_limit_exceeded",
    "PV.V1.MODEL": "model_not_found",
    "PV.V1.UNSUPPORTED": "unsupported_value",
    "PV.MODEL.TIMEOUT": "timeout",
}
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def answer(error: PalaverError, headers: dict[str, str]) -> Response:
    """Paint an error for a program that speaks OpenAI's API."""
    status = 400 if error.status == 422 else error.status
    if error.status == 404 and request.endpoint is None:
        error = PalaverError(
            f"There is no {request.method} {request.path[:200]} here. This server knows GET /v1/models, GET /v1/models/{{id}}"
            " and POST /v1/chat/completions.",
            code="PV.NOT_FOUND",
        )
        status = 404
    body = orjson.dumps({"error": told(error, status)}, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status, headers, content_type="application/json")


def told(error: PalaverError, status: int = 0) -> dict[str, Any]:
    """`{message, type, param, code}`."""
    status = status or error.status
    kind = KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
    code = CODES.get(error.code, "invalid_value" if error.errors else None)
    if code == "insufficient_quota":
        kind = code
    return {"message": error.detail, "type": kind, "param": _param(error), "code": code}


def _param(error: PalaverError) -> str | None:
    """Where the first thing that is wrong stands, as `messages[0].content`."""
    if not error.errors:
        return "model" if error.code == "PV.V1.MODEL" else None
    path, inside = "", error.errors
    while isinstance(inside, dict) and inside:
        name, inside = next(iter(inside.items()))
        if re.fullmatch(r"\d+", str(name)):
            path += f"[{name}]"
        elif name not in ("_schema", "value", "key"):
            path += f".{name}" if path else str(name)
    return path or None
