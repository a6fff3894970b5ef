from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_smorest import Blueprint

from app.blueprints.guards import actor, forget, open_door, remember
from app.core.config import Config
from app.schemas import auth as schemas
from app.services import auth

blueprint = Blueprint("auth", __name__, description="Signing in and out.")


def config() -> Config:
    return current_app.config["PALAVER"]  # type: ignore[no-any-return]


def client() -> dict[str, Any]:
    """Where the request comes from, as the session remembers it."""
    return {"user_agent": request.headers.get("User-Agent", ""), "ip": request.remote_addr}


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
@blueprint.response(200, schemas.Ok)
def logout() -> Any:
    """End this session; its streams close."""
    auth.sign_out(actor())
    forget()
    return {"ok": True}


@blueprint.get("/me")
@blueprint.response(200, schemas.Me)
def me() -> Any:
    """The signed-in user and the session."""
    return {"user": actor().user, "session": actor().session}
