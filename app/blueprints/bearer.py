"""`Authorization: Bearer pv_…`: programs come with a key instead of a session, to the doors of the API and to no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Request, current_app, request

from app.blueprints import recall
from app.core.actor import Actor
from app.core.errors import AuthRequired, Forbidden
from app.services import keys

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Where it is proven or changed who somebody is. A leaked key must not be able to make itself permanent.
CREDENTIALS = ("/api/auth/", "/api/oauth/")

View = TypeVar("View", bound=Callable[..., Any])


def session_door(view: View) -> View:
    """Mark a view that changes credentials outside of /api/auth: keys do not open it."""
    view.takes_keys = False  # type: ignore[attr-defined]
    return view


def key_door(view: View) -> View:
    """Mark a view inside of /api/auth that keys may open all the same."""
    view.takes_keys = True  # type: ignore[attr-defined]
    return view


def token_of(incoming: Request) -> str | None:
    """The token of a request to the API, if it has one; it then counts instead of any cookie."""
    if not incoming.path.startswith(("/api/", "/v1/")) and incoming.path != "/metrics":
        return None
    scheme, _, token = incoming.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def holder(token: str) -> Actor:
    """Who sends this token.

    Raises:
        AuthRequired: it is nobody's; why is not said.
    """
    found = recall.who(token, "key", lambda: keys.holder(token))
    if found is None:
        raise AuthRequired("This API key is wrong, has expired or was revoked.", code="PV.AUTH.INVALID_KEY")
    return found


def admit(actor: Actor) -> None:
    """May this key open the door of this request?

    Raises:
        Forbidden: it lacks the scope, or the door is for sessions alone.
    """
    assert actor.key is not None and request.url_rule is not None
    view = current_app.view_functions[request.endpoint or ""]
    needed = scope_of(request.url_rule.rule, request.method, view)
    if needed is None:
        raise Forbidden("An API key cannot do this; sign in and do it there.")
    require_scope(actor, needed)


def require_scope(actor: Actor, needed: str) -> None:
    """Of a key; sessions have none, and need none.

    Raises:
        Forbidden: it lacks the scope.
    """
    if actor.key is not None and needed not in actor.key["scopes"]:
        raise Forbidden(f"This API key lacks the scope `{needed}`.")


def scope_of(rule: str, method: str, view: Callable[..., Any]) -> str | None:
    """The scope that a key needs at this door; None where keys are refused."""
    if not getattr(view, "takes_keys", not rule.startswith(CREDENTIALS)):
        return None
    if rule.startswith("/v1/"):
        return "v1"
    if rule.startswith("/api/admin/") or rule == "/metrics":
        return "admin"
    return "read" if method in SAFE_METHODS else "write"
