from __future__ import annotations

from typing import Any

import segno
from flask import request
from flask_smorest import Blueprint

from app.blueprints.guards import SESSION_COOKIE, actor, half_door, keys, renew
from app.blueprints.halves import enrolment_door
from app.schemas import auth as auth_schemas
from app.schemas import totp as schemas
from app.services import auth, totp

blueprint = Blueprint("totp", __name__, description="The authenticator app as a second factor.")


def begun(password: str | None) -> dict[str, str]:
    """What an authenticator app is set up with, as text and as a picture."""
    made = totp.begin(actor(), keys(), password)
    picture = segno.make(made["uri"], error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    return made | {"qr": picture}


def completed(kind: str) -> dict[str, Any]:
    """The session after its second factor was shown; its token changes with the answer."""
    if fresh := auth.rotate(actor(), request.cookies.get(SESSION_COOKIE, "")):
        renew(fresh)
    whole = actor().session | {"awaits_second_factor": False, "second_factor": kind}
    return {"user": actor().user, "session": whole, "key": None}


@blueprint.get("")
@enrolment_door
@blueprint.response(200, schemas.State)
def state() -> Any:
    """Is your authenticator app set up, and how many recovery codes are left?"""
    return totp.state(actor())


@blueprint.post("")
@enrolment_door
@blueprint.arguments(schemas.OwnPassword)
@blueprint.response(200, schemas.Begun)
@blueprint.alt_response(401, description="Wrong password.")
@blueprint.alt_response(409, description="It is set up already.")
def begin(given: dict[str, Any]) -> Any:
    """Begin to set up an authenticator app: a secret for it, told only now."""
    return begun(**given)


@blueprint.post("/confirm")
@enrolment_door
@blueprint.arguments(schemas.Code)
@blueprint.response(200, schemas.RecoveryCodes)
@blueprint.alt_response(401, description="Wrong code.")
@blueprint.alt_response(409, description="Nothing is being set up.")
def confirm(given: dict[str, str]) -> Any:
    """Switch it on with a first code. Your other sessions end; the recovery codes are told only now."""
    return {"recovery_codes": totp.confirm(actor(), keys(), given["code"])}


@blueprint.delete("")
@blueprint.arguments(schemas.SwitchOff)
@blueprint.response(204)
@blueprint.alt_response(401, description="Wrong password or code.")
def disable(given: dict[str, Any]) -> None:
    """Switch it off."""
    totp.disable(actor(), keys(), **given)


@blueprint.post("/verify")
@half_door
@blueprint.arguments(schemas.Proof)
@blueprint.response(200, auth_schemas.Me)
@blueprint.alt_response(401, description="Wrong code; the fifth in a row ends the session.")
@blueprint.alt_response(429, description="Too many wrong codes for this account.")
def verify(given: dict[str, Any]) -> Any:
    """The second step of signing in (PV.AUTH.SECOND_FACTOR)."""
    return completed(totp.verify(actor(), keys(), **given))


@blueprint.post("/recovery-codes")
@blueprint.arguments(schemas.OwnPassword)
@blueprint.response(200, schemas.RecoveryCodes)
@blueprint.alt_response(409, description="No authenticator app is set up.")
def renew_codes(given: dict[str, Any]) -> Any:
    """Ten other recovery codes instead of the ones you have, told only now."""
    return {"recovery_codes": totp.renew_codes(actor(), **given)}
