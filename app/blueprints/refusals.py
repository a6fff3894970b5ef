"""What the OpenAPI document says of every door by itself: who may come with what, and how it refuses.

The views say only what is particular to them; that anything may be refused with 401 or 429 is said here once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apispec import APISpec, BasePlugin
from flask import Flask
from werkzeug.routing import Rule

from app.blueprints.bearer import SAFE_METHODS, scope_of

PROBLEM = "application/problem+json"
EVERYWHERE = (401, 403, 429, 503)
# Below /v1 errors have OpenAI's shape; what cannot be is 400 there, not 422.
V1_EVERYWHERE = (401, 403, 404, 429, 503)
V1_WITH_A_BODY = (*V1_EVERYWHERE, 400, 413, 415)
WITH_A_BODY = (400, 404, 409, 413, 415, 422)

REFUSALS = {
    400: "The body is not JSON: PV.BAD_REQUEST.",
    401: "Not signed in, or not entirely: PV.AUTH.REQUIRED and its like. A wrong key: PV.AUTH.INVALID_KEY.",
    403: "Seen but not allowed: PV.FORBIDDEN. The CSRF token is missing or another session's: PV.AUTH.CSRF.",
    404: "It is not there, or you may not see it: PV.NOT_FOUND.",
    409: "It is taken, there already, or in another state: PV.CONFLICT.",
    410: "It was there once: PV.GONE.",
    413: "The body is too large: PV.TOO_LARGE.",
    415: "The body is not declared as JSON: PV.UNSUPPORTED_MEDIA_TYPE.",
    422: "A value will not do; `errors` says which: PV.VALIDATION.",
    429: "Too many requests; `Retry-After` says when: PV.RATE_LIMITED.",
    503: "The database or something else that is needed cannot be reached: PV.UNAVAILABLE.",
}


class Refusals(BasePlugin):
    """Completes the operations that flask-smorest describes."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def init_spec(self, spec: APISpec) -> None:
        for status, description in REFUSALS.items():
            spec.components.response(f"Refused{status}", answer(description), lazy=True)
            spec.components.response(f"OpenAIRefused{status}", _openai(description), lazy=True)

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, *, rule: Rule | None = None, **_: Any
    ) -> None:
        if rule is None:
            return
        view = self._app.view_functions[rule.endpoint]
        for method, operation in (operations or {}).items():
            is_safe = method.upper() in SAFE_METHODS
            operation["security"] = list(
                credentials(is_safe, getattr(view, "is_open", False), scope_of(rule.rule, method.upper(), view))
            )
            responses = operation.setdefault("responses", {})
            if rule.rule.startswith("/v1/"):
                for unprocessable in (422, "422"):
                    responses.pop(unprocessable, None)
                for status in V1_EVERYWHERE if is_safe else V1_WITH_A_BODY:
                    responses.setdefault(str(status), f"OpenAIRefused{status}")
                continue
            named = {int(status) for status in responses if int(status) >= 400}
            for status in sorted(named | statuses(is_safe, bool(rule.arguments), bool(operation.get("parameters")))):
                own = responses.get(str(status))
                said = own.get("description") if isinstance(own, dict) and "$ref" not in own else None
                responses[str(status)] = answer(said) if said else f"Refused{status}"


def _openai(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/OpenAIRefusal"}
    return {
        "description": description.replace(": PV.", "; elsewhere PV."),
        "content": {"application/json": {"schema": schema}},
    }


def answer(description: str) -> dict[str, Any]:
    """A response that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM: {"schema": schema}}}


def credentials(is_safe: bool, is_open: bool, scope: str | None) -> Iterable[dict[str, list[str]]]:
    """The alternatives to prove who asks."""
    if is_open:
        yield {}
    yield {"session": []} if is_safe else {"session": [], "csrf": []}
    if scope is not None:
        yield {"bearer": [scope]}


def statuses(is_safe: bool, has_ids: bool, has_parameters: bool) -> set[int]:
    """How such a door may refuse."""
    found = set(EVERYWHERE) if is_safe else {*EVERYWHERE, *WITH_A_BODY}
    return found | ({404} if has_ids else set()) | ({422} if has_parameters else set())
