"""Set-up, signing in and signing out."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask_login import current_user

from app.blueprints.api.auth import config, signed_in, with_cookies
from app.blueprints.guards import actor, client, forget, half_door, open_door
from app.blueprints.pages import blueprint
from app.blueprints.pages.kept import page_of_kept
from app.blueprints.targets import own_path
from app.core.errors import Invalid, PalaverError
from app.services import auth


@blueprint.route("/setup", methods=["GET", "POST"])
@open_door
def setup() -> Any:
    """Make the first account."""
    if auth.is_set_up():
        return redirect("/", 303)
    if request.method == "GET":
        return render_template("auth/setup.html")
    try:
        signed_in(_first_account(request.form)["id"])
    except PalaverError as error:
        return render_template("auth/setup.html", error=error), error.status
    return redirect("/", 303)


def _first_account(form: Any) -> dict[str, Any]:
    name, email, password = (form.get(field, "") for field in ("username", "email", "password"))
    if password != form.get("password_again"):
        auth.check_account(name.strip(), email.strip(), password)
        raise Invalid("The two passwords differ.", errors={"password_again": ["The two passwords differ."]})
    return auth.set_up(name.strip(), email.strip(), password)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@open_door
def sign_in() -> Any:
    """Begin a session, and go where the visitor wanted to go."""
    target = own_path(request.values.get("next"))
    if not auth.is_set_up():
        return redirect("/setup", 303)
    if request.method == "GET":
        return (
            redirect(target, 303)
            if current_user.is_authenticated
            else render_template("auth/sign_in.html", next=target)
        )
    try:
        with_cookies(
            *auth.sign_in(request.form.get("login", ""), request.form.get("password", ""), config().session, **client())
        )
    except PalaverError as error:
        return render_template("auth/sign_in.html", next=target, error=error), error.status
    return page_of_kept(target) if request.form.get("content") else redirect(target, 303)


@blueprint.post("/sign-out")
@half_door
def sign_out() -> Any:
    """End this session."""
    auth.sign_out(actor())
    forget()
    return redirect("/sign-in", 303)
