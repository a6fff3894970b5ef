"""One try to sign in elsewhere, kept by the browser that began it: an encrypted cookie that lives for ten minutes.

Nothing is stored on the server before somebody comes back, so nobody can fill a table by beginning.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from flask import Response, after_this_request, current_app, request

from app.adapters.oauth import Attempt, Provider
from app.blueprints.guards import keys
from app.core.errors import BadRequest
from app.core.secrets import SecretsError
from app.services.identities import STATE_SECONDS

# Both /api/oauth and /api/v1/oauth.
PATH = "/api"


class StateMismatch(BadRequest):
    """The callback is not the answer to what this browser began."""

    code, title = "PV.OAUTH.STATE", "Sign-in has to begin again"


@dataclass(frozen=True)
class Kept:
    """What the browser keeps.

    Attributes:
        session: the session that wants to link, or "" for signing in.
        target: the path to go to afterwards.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    expires: float
    target: str
    session: str
    invite: str

    @property
    def attempt(self) -> Attempt:
        return Attempt(self.state, self.nonce, self.verifier, redirect_uri(self.provider))


def redirect_uri(provider: str) -> str:
    """Where the provider sends people back to: from the configuration, never from the request's Host."""
    config = current_app.config["PALAVER"]
    base = config.oauth.redirect_base.rstrip("/") or config.public_url
    return f"{base}/api/oauth/{provider}/callback"


def begin(provider: Provider, target: str, session: str = "", invite: str = "") -> str:
    """Where to send the browser; what it has to bring back is set as a cookie with the answer."""
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
    kept = Kept(provider.name, state, nonce, verifier, time.time() + STATE_SECONDS, target, session, invite)
    url = provider.authorization_url(kept.attempt)
    sealed = base64.urlsafe_b64encode(keys().encrypt(orjson.dumps(asdict(kept)), _owner(provider))).decode()

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(_name(provider), sealed, max_age=STATE_SECONDS, **_attributes(provider))
        return response

    return url


def held(provider: Provider, state: str) -> Kept:
    """What this browser keeps, when it is what the callback answers. Whatever else it keeps stays.

    Raises:
        StateMismatch: it began nothing, something else, or too long ago.
    """
    kept = _read(provider)
    if kept is None or not hmac.compare_digest(kept.state.encode(), state.encode()) or kept.expires < time.time():
        raise StateMismatch("This was begun in another browser, or more than ten minutes ago; begin again.")
    return kept


def forget(provider: Provider) -> None:
    """Remove the cookie with the answer to this request."""

    @after_this_request
    def _clear(response: Response) -> Response:
        response.delete_cookie(_name(provider), **_attributes(provider))
        return response


def _read(provider: Provider) -> Kept | None:
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(_name(provider), "").encode())
        return Kept(**orjson.loads(keys().decrypt(sealed, _owner(provider))))
    except (SecretsError, ValueError, TypeError):
        return None


def _name(provider: Provider) -> str:
    return f"OAUTH-{provider.name}"


def _owner(provider: Provider) -> str:
    return f"oauth:{provider.name}"


def _attributes(provider: Provider) -> dict[str, Any]:
    # A form that another site posts brings only cookies with SameSite=None, which browsers take only when Secure.
    if provider.posts_back:
        return {"path": PATH, "httponly": True, "secure": True, "samesite": "None"}
    secure = bool(current_app.config["PALAVER"].security.cookie_secure)
    return {"path": PATH, "httponly": True, "secure": secure, "samesite": "Lax"}
