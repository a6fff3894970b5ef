"""The OpenAPI document, at /openapi.json and /openapi.yaml."""

from __future__ import annotations

from typing import Any

import flask_smorest
import yaml
from flask import Flask, Response, current_app, jsonify

from app.blueprints.examples import complete
from app.blueprints.guards import open_door
from app.blueprints.refusals import Refusals
from app.schemas.fields import Problem


class Api(flask_smorest.Api):
    """flask-smorest without its error handlers, which would take over every HTTP error of the application."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None  # `Refusals` names every refusal

    def __init__(self, app: Flask) -> None:
        app.config |= {
            "API_TITLE": "Palaver",
            "API_VERSION": "v1",
            "OPENAPI_VERSION": "3.1.0",
        }
        super().__init__(app, spec_kwargs={"extra_plugins": [Refusals(app)]})
        self.spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "SESSION_ID"})
        self.spec.components.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN"})
        self.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "pv_…"})
        app.extensions["openapi"] = self.spec
        app.add_url_rule("/openapi.json", "openapi_json", _json)
        app.add_url_rule("/openapi.yaml", "openapi_yaml", _yaml)

    def _register_error_handlers(self) -> None:
        pass


def document(app: Flask) -> dict[str, Any]:
    """The whole document, with an example in every body; made when it is asked for first."""
    if "openapi_document" not in app.extensions:
        app.extensions["openapi_document"] = _plain(complete(_plain(app.extensions["openapi"].to_dict())))
    made: dict[str, Any] = app.extensions["openapi_document"]
    return made


@open_door
def _json() -> Response:
    return jsonify(document(current_app))


@open_door
def _yaml() -> Response:
    text = yaml.safe_dump(document(current_app), sort_keys=False, allow_unicode=True)
    return Response(text, content_type="application/yaml")


def _plain(value: Any) -> Any:
    """Ordinary dicts and lists, which YAML can write."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
