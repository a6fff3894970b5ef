"""The settings of who can be oneself here: the password, and where one is signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.api.accounts import take_new_password
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.settings import settings_page
from app.core.errors import Invalid, PalaverError
from app.services import auth


@blueprint.get("/settings/password")
def settings_password() -> Any:
    """A form for another password."""
    done = "Your password is changed, and you are signed out everywhere else." if "changed" in request.args else None
    return settings_page("settings/password.html", done=done)


@blueprint.post("/settings/password")
def change_password() -> Any:
    """Take the other password."""
    given: dict[str, Any] = {name: request.form.get(name, "") for name in ("current_password", "new_password")}
    given["revoke_keys"] = "revoke_keys" in request.form
    try:
        check_twice(given["new_password"])
        take_new_password(given)
    except PalaverError as error:
        return settings_page("settings/password.html", error=error), error.status
    return redirect("/settings/password?changed", 303)


def check_twice(password: str) -> None:
    """Was the same typed twice?

    Raises:
        Invalid: it was not.
    """
    if password != request.form.get("password_again"):
        raise Invalid("The two passwords differ.", errors={"password_again": ["The two passwords differ."]})


@blueprint.get("/settings/sessions")
def settings_sessions() -> Any:
    """Where one is signed in."""
    return _sessions()


@blueprint.post("/settings/sessions/<uuid:session_id>/end")
def end_session(session_id: UUID) -> Any:
    """Sign out somewhere else."""
    try:
        auth.end_session(actor(), str(session_id))
    except PalaverError as error:
        return _sessions(error=error), error.status
    return redirect("/settings/sessions", 303)


@blueprint.post("/settings/sessions/end-others")
def end_other_sessions() -> Any:
    """Sign out everywhere else."""
    ended = auth.end_other_sessions(actor())
    return _sessions(done=f"{ended} other session{'' if ended == 1 else 's'} ended.")


def _sessions(**given: Any) -> str:
    current = actor().session["id"]
    listed = sorted(auth.sessions_of(actor()), key=lambda s: s["id"] != current)
    return settings_page("settings/sessions.html", sessions=listed, current=current, **given)
