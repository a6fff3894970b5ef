"""What every answer has: a request id, security headers, a bounded body."""

from __future__ import annotations

import re
import uuid
from typing import Any

import orjson
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from flask.sessions import SessionInterface
from werkzeug.exceptions import UnsupportedMediaType

from app.blueprints import bodies, hosts
from app.blueprints.guards import set_csrf_cookie, takes_foreign_forms
from app.blueprints.proxies import behind_proxies
from app.core.settings import Config

_REQUEST_ID = re.compile(r"[\w.:-]{1,64}")
_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What no page of ours uses, so that nothing which gets into one can.
_PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid",
                 "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking")
)  # fmt: skip


class _Json(JSONProvider):
    """orjson: a fifth faster on answers that are mostly JSON."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), default=str)
        return Response(body, mimetype="application/json")


class _NoSession(SessionInterface):
    """Sessions are rows in the database; Flask's signed cookie would be opened for nothing on every request."""

    def open_session(self, app: Flask, request: Any) -> None:
        return None


def install(app: Flask, config: Config) -> None:
    """Set what concerns every request and every answer."""
    app.json = _Json(app)
    app.session_interface = _NoSession()
    app.config["MAX_CONTENT_LENGTH"] = config.server.max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = config.server.max_body_bytes
    app.wsgi_app = bodies.bounded(  # type: ignore[method-assign]
        app.wsgi_app, config.server.body_patience_seconds, config.server.max_body_bytes
    )
    app.wsgi_app = _same_doors_at_v1(app.wsgi_app)  # type: ignore[method-assign]
    if config.server.trusted_proxies:
        app.wsgi_app = behind_proxies(app.wsgi_app, config.server.trusted_proxies)  # type: ignore[method-assign]
    app.before_request(_number)
    hosts.install(app, config)
    app.before_request(_expect_json)
    app.after_request(set_csrf_cookie)
    app.after_request(lambda response: _protect(response, config.security.hsts_seconds))


def _same_doors_at_v1(wsgi: Any) -> Any:
    """`/api/v1/…` is another name of `/api/…`."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/api/v1/"):
            environ["PATH_INFO"] = "/api/" + environ["PATH_INFO"].removeprefix("/api/v1/")
        return wsgi(environ, start_response)

    return call


def _number() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _expect_json() -> None:
    """What is sent to the API is JSON: anything else would be read as an empty object."""
    if takes_foreign_forms(request.endpoint):
        return
    if request.path.startswith(("/api/", "/v1/")) and request.content_length and not request.is_json:
        raise UnsupportedMediaType


def _protect(response: Response, hsts_seconds: int) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers.setdefault("Content-Security-Policy", _CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-DNS-Prefetch-Control"] = "off"  # else a browser may look up the hosts of links that nobody followed
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Permissions-Policy"] = _PERMISSIONS
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if hsts_seconds:
        headers["Strict-Transport-Security"] = f"max-age={hsts_seconds}; includeSubDomains"
    return response
