from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, request
from flask_smorest import Blueprint

from app.blueprints.bearer import key_door
from app.blueprints.guards import SESSION_COOKIE, actor, client, forget, half_door, open_door, remember, renew
from app.core.settings import Config
from app.schemas import auth as schemas
from app.services import auth

blueprint = Blueprint("auth", __name__, description="Signing in and out.")


def config() -> Config:
    return current_app.config["PALAVER"]  # type: ignore[no-any-return]


def with_cookies(made: dict[str, Any], token: str) -> dict[str, Any]:
    """The answer to a sign-in; its cookies are set with it."""
    return made | {"csrf_token": remember(made["session"], token)}


def signed_in(user: str) -> dict[str, Any]:
    """Sign a new account in."""
    return with_cookies(*auth.begin_session(user, config().session, **client()))


@blueprint.post("/login")
@open_door
@blueprint.arguments(schemas.Login)
@blueprint.response(200, schemas.SignedIn)
@blueprint.alt_response(401, description="Wrong name or password.")
def login(given: dict[str, str]) -> Any:
    """Sign in with a user name or e-mail address and a password."""
    return with_cookies(*auth.sign_in(given["email"], given["password"], config().session, **client()))


@blueprint.post("/logout")
@half_door
@blueprint.response(200, schemas.Ok)
def logout() -> Any:
    """End this session; its streams close."""
    auth.sign_out(actor())
    forget()
    return {"ok": True}


@blueprint.get("/me")
@half_door
@key_door
@blueprint.response(200, schemas.Me)
def me() -> Any:
    """The signed-in user, and the session or the API key that it came with."""
    return {"user": actor().user, "session": actor().session or None, "key": actor().key}


@blueprint.post("/refresh")
@blueprint.response(200, schemas.Me)
def refresh() -> Any:
    """Another token for this session; the old one counts for ten more seconds."""
    if fresh := auth.rotate(actor(), request.cookies.get(SESSION_COOKIE, "")):
        renew(fresh)
    return {"user": actor().user, "session": actor().session, "key": None}


@blueprint.post("/confirm")
@half_door
@blueprint.arguments(schemas.Password)
@blueprint.response(200, schemas.Ok)
@blueprint.alt_response(401, description="Wrong password.")
def confirm(given: dict[str, str]) -> Any:
    """Give the password again when the session became suspicious (PV.AUTH.SUSPICIOUS)."""
    auth.confirm(actor(), given["password"], **client())
    return {"ok": True}


@blueprint.get("/sessions")
@blueprint.response(200, schemas.SessionList)
def sessions() -> Any:
    """Where you are signed in."""
    return {"items": [s | {"current": s["id"] == actor().session["id"]} for s in auth.sessions_of(actor())]}


@blueprint.delete("/sessions/<uuid:session_id>")
@blueprint.response(204)
def end_session(session_id: UUID) -> None:
    """Sign out somewhere else: the session's streams close within a second."""
    auth.end_session(actor(), str(session_id))
