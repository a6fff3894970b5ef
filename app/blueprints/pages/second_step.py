"""What a session that is not whole has to do first: show the second factor, or give the password again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import redirect, render_template, request

from app.blueprints.api.totp import completed
from app.blueprints.guards import actor, client, forget, half_door, keys
from app.blueprints.halves import lacks_required_factor
from app.blueprints.pages import blueprint
from app.blueprints.pages.kept import page_of_kept
from app.blueprints.targets import own_path
from app.core.errors import PalaverError
from app.services import auth, totp


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@half_door
def second_step() -> Any:
    """The second step of signing in."""
    target = own_path(request.values.get("next"))
    if request.method == "GET":
        waits = actor().session["awaits_second_factor"] or lacks_required_factor(actor())
        return code_page(target) if waits else redirect(target, 303)
    try:
        code, recovery_code = (request.form.get(field) or None for field in ("code", "recovery_code"))
        completed(totp.verify(actor(), keys(), code, recovery_code))
    except PalaverError as error:
        if error.code == "PV.AUTH.TRIES_USED_UP":
            forget()
            return redirect(f"/sign-in?why=codes&next={quote(target, safe='/')}", 303)
        return code_page(target, error), error.status
    return _onwards(target)


@blueprint.route("/confirm", methods=["GET", "POST"])
@half_door
def confirm() -> Any:
    """The password again, when the session seems to be used by somebody else."""
    target = own_path(request.values.get("next"))
    if request.method == "GET":
        return confirm_page(target) if actor().session["suspicious"] else redirect(target, 303)
    try:
        auth.confirm(actor(), request.form.get("password", ""), **client())
    except PalaverError as error:
        return confirm_page(target, error), error.status
    return _onwards(target)


def code_page(target: str, error: PalaverError | None = None) -> str:
    """The form for a code; what was typed elsewhere goes with it."""
    return render_template("auth/code.html", next=target, error=error, me=actor().user)


def confirm_page(target: str, error: PalaverError | None = None) -> str:
    """The form for the password."""
    return render_template("auth/confirm.html", next=target, error=error, me=actor().user)


def _onwards(target: str) -> Any:
    return page_of_kept(target) if request.form.get("content") else redirect(target, 303)
