from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, after_this_request, current_app, request
from flask_smorest import Blueprint

from app.blueprints.api.auth import config, with_cookies
from app.blueprints.api.totp import completed
from app.blueprints.guards import actor, client, half_door, keys, open_door
from app.blueprints.halves import enrolment_door
from app.schemas import auth as auth_schemas
from app.schemas import passkeys as schemas
from app.services import passkeys

blueprint = Blueprint("passkeys", __name__, description="Passkeys: signing in without a password.")

COOKIE, PATH = "PASSKEY", "/api/auth/passkeys"


def site() -> passkeys.Site:
    """What passkeys of this server belong to."""
    return passkeys.Site(config().public_url, keys())


def asked(options: dict[str, Any], ticket: str | None) -> dict[str, Any]:
    """The answer that asks the browser for a passkey; its cookie binds the answer to this browser."""

    @after_this_request
    def _set(response: Response) -> Response:
        secure = bool(current_app.config["PALAVER"].security.cookie_secure)
        for path in (PATH, PATH.replace("/api/", "/api/v1/")):
            response.set_cookie(
                COOKIE, ticket or "", max_age=passkeys.TICKET_SECONDS, httponly=True, secure=secure, samesite="Strict",
                path=path,
            )  # fmt: skip
        return response

    return {"options": options}


def ticket() -> str | None:
    """What the browser brings back."""
    return request.cookies.get(COOKIE)


@blueprint.get("")
@enrolment_door
@blueprint.response(200, schemas.PasskeyList)
def list_() -> Any:
    """Your passkeys, oldest first."""
    return {"items": passkeys.list_of(actor())}


@blueprint.post("/options")
@enrolment_door
@blueprint.arguments(schemas.OwnPassword)
@blueprint.response(200, schemas.Options)
@blueprint.alt_response(403, description="You signed in a while ago: give your password.")
def begin(given: dict[str, Any]) -> Any:
    """Begin to add a passkey: what the browser is to make it with."""
    return asked(*passkeys.begin_add(actor(), site(), **given))


@blueprint.post("")
@enrolment_door
@blueprint.arguments(schemas.NewPasskey)
@blueprint.response(201, schemas.Passkey)
def add(given: dict[str, Any]) -> Any:
    """Add the passkey that the browser made."""
    return passkeys.add(actor(), site(), ticket(), **given)


@blueprint.patch("/<uuid:passkey_id>")
@blueprint.arguments(schemas.PasskeyName)
@blueprint.response(200, schemas.Passkey)
def rename(given: dict[str, str], passkey_id: UUID) -> Any:
    """Call a passkey something else."""
    return passkeys.rename(actor(), str(passkey_id), given["name"])


@blueprint.delete("/<uuid:passkey_id>")
@blueprint.arguments(schemas.OwnPassword)
@blueprint.response(204)
@blueprint.alt_response(403, description="You signed in a while ago: give your password.")
def remove(given: dict[str, Any], passkey_id: UUID) -> None:
    """Remove a passkey: nobody signs in with it any more."""
    passkeys.remove(actor(), str(passkey_id), **given)


@blueprint.post("/sign-in/options")
@open_door
@blueprint.response(200, schemas.Options)
def begin_sign_in() -> Any:
    """Begin to sign in with a passkey; no user name is needed."""
    return asked(*passkeys.begin_sign_in(site()))


@blueprint.post("/sign-in")
@open_door
@blueprint.arguments(schemas.Answer)
@blueprint.response(200, auth_schemas.SignedIn)
@blueprint.alt_response(401, description="The passkey was not accepted.")
def sign_in(given: dict[str, Any]) -> Any:
    """Sign in with a passkey."""
    return with_cookies(*passkeys.sign_in(site(), ticket(), given["credential"], config().session, **client()))


@blueprint.post("/verify/options")
@half_door
@blueprint.response(200, schemas.Options)
def begin_verify() -> Any:
    """Begin the second step of signing in, with one of your passkeys."""
    return asked(*passkeys.begin_verify(actor(), site()))


@blueprint.post("/verify")
@half_door
@blueprint.arguments(schemas.Answer)
@blueprint.response(200, auth_schemas.Me)
@blueprint.alt_response(401, description="The passkey was not accepted.")
def verify(given: dict[str, Any]) -> Any:
    """The second step of signing in (PV.AUTH.SECOND_FACTOR), with a passkey."""
    return completed(passkeys.verify(actor(), site(), ticket(), given["credential"]))
