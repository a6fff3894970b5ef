"""One's second factors: the authenticator app, its recovery codes, passkeys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request

from app.blueprints.api.totp import begun
from app.blueprints.guards import actor, keys
from app.blueprints.halves import enrolment_door, lacks_required_factor
from app.blueprints.pages import blueprint
from app.blueprints.pages.settings import settings_page
from app.blueprints.targets import own_path
from app.core.errors import PalaverError
from app.services import passkeys, proof, totp

HOME = "/settings/security"


@blueprint.get(HOME)
@enrolment_door
def security() -> Any:
    """What there is, and how to have more of it."""
    return _show()


@blueprint.post(f"{HOME}/totp")
@enrolment_door
def begin_totp() -> Any:
    """Show the secret of a new authenticator app, once."""
    return _try(lambda: _show(begun=begun(_password())))


@blueprint.post(f"{HOME}/totp/confirm")
@enrolment_door
def confirm_totp() -> Any:
    """Switch it on, and show the recovery codes, once."""
    return _try(lambda: _show(codes=totp.confirm(actor(), keys(), request.form.get("code", ""))), "confirm")


@blueprint.post(f"{HOME}/totp/off")
def disable_totp() -> Any:
    """Do without it again."""
    return _try(lambda: totp.disable(actor(), keys(), _password(), *_code()))


@blueprint.post(f"{HOME}/recovery-codes")
def renew_recovery_codes() -> Any:
    """Ten other recovery codes, shown once."""
    return _try(lambda: _show(codes=totp.renew_codes(actor(), _password())))


@blueprint.post(f"{HOME}/passkeys/<uuid:passkey_id>/rename")
def rename_passkey(passkey_id: UUID) -> Any:
    """Call it something else."""
    return _try(lambda: passkeys.rename(actor(), str(passkey_id), request.form.get("name", "")) and None)


@blueprint.post(f"{HOME}/passkeys/<uuid:passkey_id>/remove")
def remove_passkey(passkey_id: UUID) -> Any:
    """Forget it."""
    return _try(lambda: passkeys.remove(actor(), str(passkey_id), _password()))


def _try(act: Any, step: str = "") -> Any:
    """The page that `act` makes, or this page again; `step` is the form that a refusal belongs to."""
    try:
        return act() or redirect(HOME, 303)
    except PalaverError as error:
        return _show(error=error, step=step), error.status


def _password() -> str | None:
    return request.form.get("password") or None


def _code() -> tuple[str | None, str | None]:
    """One field takes both: a code has six digits, a recovery code has more characters."""
    given = request.form.get("code", "").strip()
    return (given, None) if len("".join(given.split())) <= 6 else (None, given)


def _show(**given: Any) -> str:
    me = actor()
    enrols = lacks_required_factor(me)
    shown = {
        "state": totp.state(me), "passkeys": passkeys.list_of(me), "me": me.user,
        "is_fresh": proof.is_fresh(me), "next": own_path(request.values.get("next")), "enrols": enrols,
    } | given  # fmt: skip
    if enrols:  # somebody who has proven too little sees no conversations beside it
        return render_template("security/show.html", frame="security/enrol.html", **shown)
    del shown["me"]
    return settings_page("security/show.html", frame="settings/base.html", **shown)
