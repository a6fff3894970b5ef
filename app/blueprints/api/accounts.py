from __future__ import annotations

from typing import Any

from flask import current_app, jsonify, request
from flask_smorest import Blueprint

from app.blueprints.api.auth import config, signed_in
from app.blueprints.guards import SESSION_COOKIE, actor, client, open_door, renew
from app.core.errors import Forbidden
from app.schemas import accounts as schemas
from app.schemas.auth import Login, Ok, SignedIn
from app.services import accounts, auth, new_passwords, registration
from app.services.mailing import Mailing

blueprint = Blueprint("accounts", __name__, description="Registration, addresses and passwords.")

FORGOTTEN = (
    "If there is such an account, a link is on its way to its e-mail address. If nothing has come in a few minutes, "
    "look among the unwanted mails, then try again."
)
NO_MAIL = "This server sends no mails; ask an administrator for a new password."


def mailing() -> Mailing:
    """The mails of this process."""
    return current_app.extensions["mailing"]  # type: ignore[no-any-return]


def policy() -> str:
    """Who may make an account now: open, invite or closed."""
    return config().auth.registration if current_app.extensions["features"].is_on("registration") else "closed"


def register_and_sign_in(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Make an account: what became of it, and the new session unless the account waits for its address."""
    made = registration.register(mailing(), policy(), **given)
    return made, None if made["waits"] else signed_in(made["user"]["id"])


def take_new_password(given: dict[str, Any]) -> None:
    """Change the actor's password; this session goes on with another token."""
    new_passwords.change(actor(), mailing(), given.get("current_password"), given["new_password"], given["revoke_keys"])
    if fresh := auth.rotate(actor(), request.cookies.get(SESSION_COOKIE, "")):
        renew(fresh)


@blueprint.post("/register")
@open_door
@blueprint.arguments(schemas.Registration)
@blueprint.response(201, SignedIn)
@blueprint.alt_response(202, schema=schemas.Waiting, description="Open the link in the mail, then sign in.")
@blueprint.alt_response(403, description="Registration is closed, or needs an invitation.")
@blueprint.alt_response(409, description="The user name is taken.")
@blueprint.alt_response(410, description="The invitation is of no use.")
def register(given: dict[str, Any]) -> Any:
    """Make an account; it is signed in, unless its e-mail address is to be verified first."""
    made, session = register_and_sign_in(given)
    if session is not None:
        return session
    answer = jsonify(state="verify_email", email=given["email"], mail=made["mail"])
    answer.status_code = 202
    return answer


@blueprint.post("/verify")
@open_door
@blueprint.arguments(schemas.Token)
@blueprint.response(200, Ok)
@blueprint.alt_response(410, description="The link is of no use.")
def verify(given: dict[str, str]) -> Any:
    """Show that an e-mail address is yours, with the token of the link that was sent there."""
    accounts.verify(given["token"])
    return {"ok": True}


@blueprint.post("/verify/again")
@open_door
@blueprint.arguments(Login)
@blueprint.response(200, schemas.Waiting)
@blueprint.alt_response(401, description="Wrong name or password.")
@blueprint.alt_response(409, description="There is nothing to verify, or links were asked for too often.")
def verify_again(given: dict[str, str]) -> Any:
    """Another link for an address that is not verified yet; the older ones become useless."""
    asked = accounts.ask_again_as(given["email"], given["password"], client()["ip"], mailing())
    email = asked["user"]["pending_email"] or asked["user"]["email"]
    return {"state": "verify_email", "email": email, "mail": asked["mail"]}


@blueprint.post("/password")
@blueprint.arguments(schemas.NewPassword)
@blueprint.response(200, Ok)
@blueprint.alt_response(401, description="The current password is wrong.")
def change_password(given: dict[str, Any]) -> Any:
    """Change your password; every other session ends, and with `revoke_keys` every API key, too."""
    take_new_password(given)
    return {"ok": True}


@blueprint.post("/password/forgot")
@open_door
@blueprint.arguments(schemas.Forgotten)
@blueprint.response(202, schemas.Told)
def forgot(given: dict[str, str]) -> Any:
    """Have a link sent with which a forgotten password is chosen anew. The answer is the same for unknown accounts."""
    if not mailing().is_on:
        raise Forbidden(NO_MAIL)
    new_passwords.forget(mailing(), given["email"])
    return {"detail": FORGOTTEN}


@blueprint.post("/password/reset")
@open_door
@blueprint.arguments(schemas.Reset)
@blueprint.response(200, Ok)
@blueprint.alt_response(410, description="The link is of no use.")
def reset(given: dict[str, str]) -> Any:
    """Choose a password anew with the token of a link; every session and API key ends."""
    new_passwords.reset(given["token"], given["new_password"])
    return {"ok": True}


@blueprint.delete("/sessions")
@blueprint.response(200, schemas.Ended)
def end_other_sessions() -> Any:
    """Sign out everywhere else."""
    return {"ended": auth.end_other_sessions(actor())}
