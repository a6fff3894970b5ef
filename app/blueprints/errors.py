"""One tree of errors, two faces: problem+json for programs, a page for people."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, before_render_template, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.blueprints.halves import PAGES
from app.blueprints.openai import refusals
from app.core.errors import AuthRequired, Invalid, PalaverError

log = logging.getLogger(__name__)

_CODES = {
    400: "PV.BAD_REQUEST",
    404: "PV.NOT_FOUND",
    405: "PV.METHOD_NOT_ALLOWED",
    408: "PV.TIMEOUT",
    413: "PV.TOO_LARGE",
    415: "PV.UNSUPPORTED_MEDIA_TYPE",
}
_DETAILS = {
    404: "There is nothing at this address.",
    408: "The request did not come in time; check your connection and send it again.",
    413: "The request is too large.",
    415: "Send JSON, with Content-Type: application/json.",
}


def install(app: Flask) -> None:
    """Answer every error of the application."""
    # Flask would write the address, and some addresses are the tokens of links.
    app.log_exception = lambda _error: log.exception("request %s failed", g.get("request_id", ""))  # type: ignore[method-assign, assignment]
    app.register_error_handler(PalaverError, answer)
    app.register_error_handler(HTTPException, lambda error: answer(_of_http(error), _headers_of(error)))
    app.register_error_handler(Exception, _unexpected)
    before_render_template.connect(_shown, app)
    app.after_request(_add_headers)


def _shown(_app: Flask, context: dict[str, Any], **_: Any) -> None:
    """Pages that show an error beside what was typed answer it themselves; its headers are not theirs to think of."""
    if isinstance(error := context.get("error"), PalaverError):
        g.error_headers = error.headers


def _add_headers(response: Response) -> Response:
    if response.status_code >= 400:
        response.headers.update(g.get("error_headers", {}))
    return response


def answer(error: PalaverError, headers: dict[str, str] | None = None) -> BaseResponse:
    """Paint an error for who asked."""
    headers = error.headers | (headers or {})
    if is_for_programs():
        if error.status == 401:
            headers = headers | {"WWW-Authenticate": 'Bearer realm="Palaver"'}  # RFC 9110, section 15.5.2
        if request.path.startswith("/v1/"):
            return refusals.answer(error, headers)
        return Response(
            orjson.dumps(problem(error), option=orjson.OPT_NON_STR_KEYS),
            error.status,
            headers,
            content_type="application/problem+json",
        )
    if isinstance(error, AuthRequired):
        wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
        page = PAGES.get(error.code, "/sign-in")
        return redirect(page if wanted == "/" else f"{page}?next={quote(wanted, safe='/')}", 303)
    return Response(
        render_template("error.html", error=error), error.status, headers, content_type="text/html; charset=utf-8"
    )


def problem(error: PalaverError) -> dict[str, Any]:
    """The members of RFC 9457, and our own: a stable `code`, and `errors` a field."""
    shown = {
        "type": f"urn:palaver:problem:{error.code.lower()}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": g.get("request_id", ""),
        "code": error.code,
    }
    return shown | {"errors": error.errors} if error.errors else shown


def is_for_programs() -> bool:
    """Does this address belong to an API?"""
    return request.path.startswith(("/api/", "/v1/", "/openapi", "/healthz", "/readyz", "/metrics"))


def _of_http(error: HTTPException) -> PalaverError:
    """Werkzeug's and webargs' errors as ours."""
    status = error.code or 500
    if status == 422:
        return _invalid(getattr(error, "data", None) or {})
    code = _CODES.get(status, "PV.BAD_REQUEST" if status < 500 else "PV.INTERNAL")
    made = PalaverError(_DETAILS.get(status) or error.description or "", code=code)
    made.status, made.title = status, error.name
    return made


def _invalid(data: dict[str, Any]) -> Invalid:
    fields: dict[str, Any] = {}
    for wrong in data.get("messages", {}).values():
        fields |= wrong if isinstance(wrong, dict) else {"_schema": wrong}
    said = "; ".join(f"{name}: {_sentence(why)}" for name, why in fields.items())
    return Invalid(said or "The request is not valid.", errors={str(k): v for k, v in fields.items()})


def _sentence(why: Any) -> str:
    if isinstance(why, dict):
        return " ".join(_sentence(w) for w in why.values())
    return " ".join(str(w) for w in why) if isinstance(why, list) else str(why)


def _headers_of(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}


def _unexpected(error: Exception) -> BaseResponse:
    log.exception("request %s failed", g.get("request_id", ""))
    return answer(PalaverError("Something went wrong on the server; the request id helps its operator find it."))
