"""A browser that knows the OpenAPI document: every answer below /api has to be one that is written there.

The application of every test gets it (`app.test_client_class`), so whatever a test asks for is compared as well.
"""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

# What is said before a door is found, or of every door alike: the document does not repeat it.
EVERYWHERE = {400, 405, 413, 415, 500}


class Documented:
    """The document of one application, as something that answers can be held against."""

    def __init__(self, app: Flask) -> None:
        self._document: dict[str, Any] = app.extensions["openapi"].to_dict()
        self._routes = app.url_map.bind("")
        self._validators: dict[str, Any] = {}

    def complaint(self, method: str, path: str, answer: Any) -> str | None:
        """What is wrong with an answer, if anything."""
        rule = self._rule(method, path)
        if rule is None or method in ("HEAD", "OPTIONS"):
            return None
        operation = self._document["paths"][rule][method.lower()]
        said = operation["responses"].get(str(answer.status_code))
        if said is None:
            return None if answer.status_code in EVERYWHERE else f"{answer.status_code} is not documented"
        if "$ref" in said:
            said = self._document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        return self._wrong(said.get("content", {}), answer)

    def _rule(self, method: str, path: str) -> str | None:
        try:
            rule, _ = self._routes.match(path, method, return_rule=True)
        except HTTPException:
            return None
        described = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        return described if described in self._document["paths"] else None

    def _wrong(self, content: dict[str, Any], answer: Any) -> str | None:
        if not content:
            return f"a body that is not documented: {answer.text[:200]}" if answer.data else None
        if answer.mimetype not in content:
            return f"{answer.mimetype} is not documented: {sorted(content)}"
        schema = content[answer.mimetype].get("schema")
        if schema is None or not answer.is_json:
            return None
        errors = [
            f"{error.instance_path}: {error.message}" for error in self._validator(schema).iter_errors(answer.json)
        ]
        return "; ".join(errors)[:1000] or None

    def _validator(self, schema: dict[str, Any]) -> Any:
        key = repr(schema)
        if key not in self._validators:
            whole = schema | {"components": self._document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]


def of(app: Flask) -> Documented:
    """Made once an application, and gone with it."""
    if "documented" not in app.extensions:
        app.extensions["documented"] = Documented(app)
    return app.extensions["documented"]  # type: ignore[no-any-return]


class DocumentedClient(FlaskClient):
    """Fails the test whose answer is not in the document."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().open(*args, **kwargs)
        method, path = answer.request.method, answer.request.path
        # Who prefers HTML is led like a browser; the document is for programs.
        if path.startswith(("/api/", "/v1/")) and "text/html" not in answer.request.headers.get("Accept", ""):
            complaint = of(self.application).complaint(method, path, answer)
            assert complaint is None, f"{method} {path} answers {answer.status_code}, but {complaint}"
        return answer
