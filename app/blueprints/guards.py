"""Who may come in: closed by default, opened by name.

Before any view runs: the session cookie becomes an actor, an unsafe request proves that our own page sent it, and
whoever is not signed in is turned away unless the door is on the short list of open ones.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
from flask import Flask, Request, Response, after_this_request, current_app, g, request
from flask_login import LoginManager, current_user

from app.blueprints import bearer, hosts, recall
from app.blueprints.halves import require_whole
from app.blueprints.proxies import client_address
from app.core.actor import Actor
from app.core.errors import AuthRequired, CsrfFailed
from app.core.secrets import KeyRing
from app.models import db
from app.services import auth, local_user
from app.services.remembered import Found

SESSION_COOKIE = "SESSION_ID"
CSRF_COOKIE = "CSRF-TOKEN"
CSRF_HEADER = "X-CSRF-TOKEN"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

View = TypeVar("View", bound=Callable[..., Any])


def open_door(view: View) -> View:
    """Mark a view that anybody may call, signed in or not."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def address_door(lets_in: Callable[[], bool]) -> Callable[[View], View]:
    """Mark a view that is closed, but for requests that come from where `lets_in` says."""

    def mark(view: View) -> View:
        view.lets_in = lets_in  # type: ignore[attr-defined]
        return view

    return mark


def foreign_form_door(view: View) -> View:
    """Mark a view that another site's page may post a form to: it believes only what a cookie of its own confirms."""
    view.takes_foreign_forms = True  # type: ignore[attr-defined]
    return view


def takes_foreign_forms(endpoint: str | None) -> bool:
    """May another site's page post a form there?"""
    return getattr(current_app.view_functions.get(endpoint or ""), "takes_foreign_forms", False)


def is_open(endpoint: str | None) -> bool:
    """Is this endpoint on the list of open ones? Static files are."""
    if endpoint is None or endpoint == "static":
        return True
    return getattr(current_app.view_functions[endpoint], "is_open", False)


def actor() -> Actor:
    """The signed-in user of this request."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def introduce(app: Flask) -> None:
    """Know where every request comes from, before anything is counted or refused."""
    app.before_request(_introduce)


def install(app: Flask) -> None:
    """Guard every route of the application."""
    login = LoginManager()
    # No template asks who is signed in by itself: while a page about an error is made, asking would raise it again.
    login.init_app(app, add_context_processor=False)
    login.request_loader(_load)
    app.before_request(_guard)


def _load(incoming: Request) -> Actor | None:
    if hosts.is_single_user():
        return recall.who("", "local", local_user.actor)
    if (token := bearer.token_of(incoming)) is not None:
        holder = bearer.holder(token)
        assert holder.key is not None
        g.context |= {"key_id": holder.key["id"], "actor_name": holder.user["username"]}
        tell_context()
        return holder
    return _of_session(incoming)


def _of_session(incoming: Request) -> Actor | None:
    token, where = incoming.cookies.get(SESSION_COOKIE), client()
    if not token:
        return None
    holder = recall.who(token, f"{where['ip']} {where['user_agent']}", lambda: _look_up(token, where))
    if holder is None:
        return None
    g.context |= {"session_id": holder.session["id"], "actor_name": holder.user["username"]}
    tell_context()
    return holder


def _look_up(token: str, where: dict[str, Any]) -> Found:
    config = current_app.config["PALAVER"]
    found = auth.actor_of(token, **where, check_client=config.auth.suspicious_check)
    if found is None:
        return None
    holder, fresh, seconds = found
    if fresh:
        renew(fresh)
    return holder, seconds


def client() -> dict[str, Any]:
    """Where the request comes from, as the session remembers it."""
    return {"user_agent": request.headers.get("User-Agent", ""), "ip": client_address()}


def tell_context() -> None:
    """Say with every call of the database where it comes from, for the audit log."""
    db.context.set(orjson.dumps(g.context).decode())


def _introduce() -> None:
    if request.endpoint != "static":
        g.context = client() | {"request_id": g.request_id}
        tell_context()


def _guard() -> None:
    if request.endpoint == "static":
        return
    if bearer.token_of(request) is not None and request.endpoint is not None and not hosts.is_single_user():
        # No browser adds a key to a request by itself, so there is nothing for another site to abuse.
        bearer.admit(actor())
        return
    is_unsafe = request.method not in SAFE_METHODS and not takes_foreign_forms(request.endpoint)
    if is_unsafe:
        _refuse_foreign_origin()
    if not is_open(request.endpoint) and not _lets_in(request.endpoint):
        _require_actor()
    if is_unsafe and request.endpoint is not None:
        _check_csrf()


def _lets_in(endpoint: str | None) -> bool:
    view = current_app.view_functions[endpoint or ""]
    return bool(getattr(view, "lets_in", lambda: False)())


def half_door(view: View) -> View:
    """Mark a view that a session may use which is not whole yet: suspicious, or waiting for its second factor."""
    view.is_half_open = True  # type: ignore[attr-defined]
    return view


def _require_actor() -> None:
    if not current_user.is_authenticated:
        raise AuthRequired("Sign in first.")
    view = current_app.view_functions[request.endpoint or ""]
    if not getattr(view, "is_half_open", False):
        require_whole(actor(), view)


def _refuse_foreign_origin() -> None:
    """A browser says where an unsafe request comes from; another site has no business here, signed in or not."""
    if is_foreign():
        raise CsrfFailed("This request comes from another site.")


def is_foreign() -> bool:
    """Does the browser say that another site made it send this request?"""
    origin = request.headers.get("Origin")
    return request.headers.get("Sec-Fetch-Site") == "cross-site" or bool(origin and not is_own_origin(origin))


def is_own_origin(address: str) -> bool:
    """Does this Origin or Referer name the host that the request was sent to? What cannot be read does not."""
    try:
        parts = urlsplit(address)
        port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
        return parts.netloc.removesuffix(port) == request.host.removesuffix(port)
    except ValueError:
        return False


def _check_csrf() -> None:
    """Signed double submit: the header (or form field) must be a token that we signed for this very session."""
    signed_in = current_user.is_authenticated
    if not signed_in and request.path.startswith(("/api/", "/v1/")):
        return  # no cookie gives it any power, and a foreign page cannot send JSON without asking
    given = request.headers.get(CSRF_HEADER) or (request.form.get(CSRF_FIELD) if _is_form(request) else None)
    owner = actor().session["id"] if signed_in else ""
    if not given or not is_valid_csrf(given, owner):
        raise CsrfFailed("The page is out of date; load it again and repeat what you did.")
    if not signed_in and not hmac.compare_digest(given.encode(), request.cookies.get(CSRF_COOKIE, "").encode()):
        raise CsrfFailed("The page is out of date, or cookies are switched off; allow them and load the page again.")


def _is_form(incoming: Request) -> bool:
    return incoming.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")


def make_csrf(owner: str) -> str:
    """A token for one session (`owner` is its id), or for nobody's (an empty `owner`)."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{keys().sign(f'csrf:{owner}:{nonce}')}"


def is_valid_csrf(token: str, owner: str) -> bool:
    """Did we sign this token for this owner?"""
    nonce, _, signature = token.partition(".")
    return keys().is_signed(f"csrf:{owner}:{nonce}", signature)


def keys() -> KeyRing:
    """What this installation signs and encrypts with."""
    return current_app.extensions["keys"]  # type: ignore[no-any-return]


def csrf_token() -> str:
    """The token for forms of this page; its cookie is set with the answer when it is missing or another session's."""
    if "csrf_token" not in g:
        owner = actor().session["id"] if current_user.is_authenticated else ""
        held = request.cookies.get(CSRF_COOKIE, "")
        g.csrf_token = held if is_valid_csrf(held, owner) else make_csrf(owner)
        g.csrf_is_new = g.csrf_token != held
    return g.csrf_token


def set_csrf_cookie(response: Response) -> Response:
    """Give the browser the token that `csrf_token` made during this request."""
    if g.get("csrf_is_new"):
        response.set_cookie(CSRF_COOKIE, g.csrf_token, secure=_secure(), samesite="Strict", path="/")
    return response


def remember(session: dict[str, Any], token: str) -> str:
    """Set the cookies of a new session with the answer to this request; answers its CSRF token."""
    csrf = g.csrf_token = make_csrf(session["id"])
    age = current_app.config["PALAVER"].session.absolute_seconds

    @after_this_request
    def _set(response: Response) -> Response:
        secure = _secure()
        response.set_cookie(SESSION_COOKIE, token, max_age=age, httponly=True, secure=secure, samesite="Lax", path="/")
        response.set_cookie(CSRF_COOKIE, csrf, max_age=age, secure=secure, samesite="Strict", path="/")
        return response

    return csrf


def renew(token: str) -> None:
    """Set the cookie of a session whose token has changed."""
    age = current_app.config["PALAVER"].session.absolute_seconds

    @after_this_request
    def _set(response: Response) -> Response:
        response.headers["X-Session-Rotated"] = "1"
        response.set_cookie(
            SESSION_COOKIE, token, max_age=age, httponly=True, secure=_secure(), samesite="Lax", path="/"
        )
        return response


def forget() -> None:
    """Remove the cookies of the session with the answer to this request."""

    @after_this_request
    def _clear(response: Response) -> Response:
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, secure=_secure(), samesite="Lax")
        response.delete_cookie(CSRF_COOKIE, path="/", secure=_secure(), samesite="Strict")
        return response


def _secure() -> bool:
    return bool(current_app.config["PALAVER"].security.cookie_secure)
