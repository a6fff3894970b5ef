"""Making an account, showing that an address is one's own, and choosing a forgotten password anew."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user

from app.blueprints.api.accounts import FORGOTTEN, NO_MAIL, mailing, policy, register_and_sign_in
from app.blueprints.guards import client, open_door
from app.blueprints.pages import blueprint
from app.blueprints.pages.settings_access import check_twice
from app.blueprints.targets import own_path
from app.core.errors import Forbidden, Gone, PalaverError
from app.services import accounts, auth, new_passwords, registration, tokens

GONE = "This link was used already, is too old, or was replaced by a newer one; ask for another."


def _tell_templates(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals |= {"registration_policy": policy, "mails_are_sent": lambda: mailing().is_on}


blueprint.record_once(_tell_templates)


@blueprint.route("/register", methods=["GET", "POST"])
@open_door
def register() -> Any:
    """Make an account."""
    if not auth.is_set_up():
        return redirect("/setup", 303)
    target = own_path(request.values.get("next"))
    if current_user.is_authenticated:
        return redirect(target, 303)
    invite = request.values.get("invite") or None
    registration.may_register(policy(), bool(invite))
    invitation = tokens.peek(invite, "registration") if invite else None
    if invite and not invitation:
        raise Gone("This invitation was used already, has expired or was revoked; ask for another.")
    if request.method == "GET":
        return render_template("registration/register.html", invite=invite, invitation=invitation, next=target)
    try:
        made, session = register_and_sign_in(_typed(invite))
    except PalaverError as error:
        return render_template(
            "registration/register.html", invite=invite, invitation=invitation, next=target, error=error
        ), error.status
    if session is not None:
        return redirect(target, 303)
    return render_template("registration/waiting.html", email=request.form["email"].strip(), mail=made["mail"]), 202


def _typed(invite: str | None) -> dict[str, Any]:
    name, email, password = (request.form.get(field, "") for field in ("username", "email", "password"))
    auth.check_account(name.strip(), email.strip(), password)
    check_twice(password)
    return {"username": name.strip(), "email": email.strip(), "password": password, "invite": invite}


@blueprint.route("/verify", methods=["GET", "POST"])
@open_door
def verify_again() -> Any:
    """Ask for the link to one's address once more, before one can sign in."""
    if request.method == "GET":
        return render_template("registration/again.html")
    try:
        asked = accounts.ask_again_as(
            request.form.get("login", ""), request.form.get("password", ""), client()["ip"], mailing()
        )
    except PalaverError as error:
        return render_template("registration/again.html", error=error), error.status
    email = asked["user"]["pending_email"] or asked["user"]["email"]
    return render_template("registration/waiting.html", email=email, mail=asked["mail"])


@blueprint.route("/verify/<token>", methods=["GET", "POST"])
@open_door
def verify(token: str) -> Any:
    """Show that an address is one's own. Opening the page does nothing yet: programs that look at mails open links."""
    if request.method == "POST":
        try:
            user = accounts.verify(token)
        except PalaverError as error:
            return render_template("registration/verify.html", token=token, error=error), error.status
        return render_template("registration/verified.html", user=user)
    held = tokens.peek(token, "verify_email")
    if held is None:
        raise Gone(GONE)
    return render_template("registration/verify.html", token=token, held=held)


@blueprint.route("/forgot", methods=["GET", "POST"])
@open_door
def forgot() -> Any:
    """Ask for a link with which a forgotten password is chosen anew."""
    if not mailing().is_on:
        raise Forbidden(NO_MAIL)
    if request.method == "GET":
        return render_template("registration/forgot.html")
    new_passwords.forget(mailing(), request.form.get("login", "")[:254])
    return render_template("registration/forgot.html", done=FORGOTTEN), 202


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@open_door
def reset(token: str) -> Any:
    """Choose the password anew."""
    held = tokens.peek(token, "reset_password")
    if held is None:
        raise Gone(GONE)
    if request.method == "GET":
        return render_template("registration/reset.html", token=token, held=held)
    try:
        check_twice(request.form.get("new_password", ""))
        new_passwords.reset(token, request.form.get("new_password", ""))
    except PalaverError as error:
        return render_template("registration/reset.html", token=token, held=held, error=error), error.status
    return redirect("/sign-in", 303)
