"""The page of limits: profiles, and the requests that they are assigned to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.admin_forms import after
from app.blueprints.pages.shell import uuid_of
from app.core.errors import Invalid, PalaverError
from app.core.limits import METHODS, SCOPES
from app.schemas.limits import PATH
from app.services import limits

PAGE = "/admin/limits"
# The two numbers of a profile, as its forms call them.
NUMBERS = {"moving_window": ("limit", "window_seconds"), "gcra": ("requests_per_second", "burst")}


@blueprint.get(PAGE)
@for_admins
def admin_limits() -> Any:
    """Everything that is limited."""
    return _show()


@blueprint.post(f"{PAGE}/profiles")
@for_admins
def create_limit_profile() -> Any:
    """Make a profile."""
    form = request.form
    return _done(
        lambda: limits.create_profile(
            actor(), form.get("name", "")[:80], _algorithm(), _params(), form.get("description") or None
        )
    )


@blueprint.post(f"{PAGE}/profiles/<uuid:profile_id>")
@for_admins
def change_limit_profile(profile_id: UUID) -> Any:
    """Other numbers for a profile."""
    about = request.form.get("description") or None
    return _done(lambda: limits.update_profile(actor(), str(profile_id), _params(), about))


@blueprint.post(f"{PAGE}/profiles/<uuid:profile_id>/delete")
@for_admins
def delete_limit_profile(profile_id: UUID) -> Any:
    """Delete a profile that is not assigned."""
    return _done(lambda: limits.delete_profile(actor(), str(profile_id)))


@blueprint.post(f"{PAGE}/assignments")
@for_admins
def assign_limit() -> Any:
    """Assign a profile."""
    form = request.form
    method, scope, path = form.get("method", ""), form.get("scope", ""), form.get("path", "").strip()[:200]
    profile = uuid_of(form.get("profile_id"))

    def assign() -> Any:
        if profile is None or method not in METHODS or scope not in SCOPES:
            raise Invalid("Choose a profile, a method and what to count by.")
        if not PATH.fullmatch(path):
            raise Invalid("The path begins with / and has no spaces, or is * for every path.")
        return limits.assign(actor(), profile, method, path, scope)

    return _done(assign)


@blueprint.post(f"{PAGE}/assignments/<uuid:assignment_id>/delete")
@for_admins
def unassign_limit(assignment_id: UUID) -> Any:
    """Remove an assignment."""
    return _done(lambda: limits.unassign(actor(), str(assignment_id)))


def _algorithm() -> str:
    algorithm = request.form.get("algorithm", "")
    if algorithm not in NUMBERS:
        raise Invalid("Choose a window or a pace.")
    return algorithm


def _params() -> dict[str, float]:
    try:
        given = {name: float(request.form.get(name, "").replace(",", ".")) for name in NUMBERS[_algorithm()]}
    except ValueError:
        raise Invalid("How much is two numbers.") from None
    if any(value != value or abs(value) == float("inf") for value in given.values()):
        raise Invalid("How much is two numbers.")
    return {name: int(value) if value.is_integer() else value for name, value in given.items()}


def _done(act: Callable[[], Any]) -> str | tuple[str, int] | Response:
    return after(act, PAGE, _show)


def _show(error: PalaverError | None = None) -> str:
    return admin_page(
        "admin/limits.html", profiles=limits.profiles(actor()), assignments=limits.assignments(actor()), error=error,
        enabled=limits.current.enabled, methods=METHODS, scopes=SCOPES,
    )  # fmt: skip
