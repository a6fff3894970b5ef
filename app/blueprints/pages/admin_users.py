"""The pages of administrators about accounts: who there is, where they are signed in, and who is invited."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.api.accounts import mailing, policy
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.shell import uuid_of
from app.core.errors import Invalid, PalaverError
from app.services import admin_users, invites

ROLES = {"member": "Member", "read_only": "Reader", "admin": "Administrator"}
DAYS = {"1": "A day", "7": "A week", "30": "A month"}


@blueprint.get("/admin/users")
@for_admins
def admin_people() -> Any:
    """Everybody, by name."""
    return _people()


@blueprint.post("/admin/users")
@for_admins
def create_person() -> Any:
    """Make an account for somebody."""
    form = {name: value.strip() if name != "password" else value for name, value in request.form.items()}
    try:
        made = admin_users.create(
            actor(), form.get("username", ""), form.get("email") or None, form.get("password", ""), _role(),
            form.get("display_name", "")[:80] or None,
        )  # fmt: skip
    except PalaverError as error:
        return _people(error), error.status
    return redirect(f"/admin/users/{made['id']}", 303)


def _role() -> str:
    role = request.form.get("role", "member")
    if role not in ROLES:
        raise Invalid("Choose one of the roles.")
    return role


def _people(error: PalaverError | None = None) -> str:
    query, after = request.args.get("query", "")[:80], request.args.get("after")
    found = admin_users.page(actor(), query, after)
    return admin_page("admin/users.html", found=found, query=query, roles=ROLES, error=error)


@blueprint.get("/admin/users/<uuid:user_id>")
@for_admins
def admin_person(user_id: UUID) -> Any:
    """One account, and where it is signed in."""
    return _person(str(user_id))


@blueprint.post("/admin/users/<uuid:user_id>")
@for_admins
def change_person(user_id: UUID) -> Any:
    """Another role, or no access; or sign it out somewhere or everywhere."""
    user, form = str(user_id), request.form
    try:
        if form.get("do") == "role":
            admin_users.govern(actor(), user, _role())
        elif form.get("do") in ("disable", "enable"):
            admin_users.govern(actor(), user, disabled=form["do"] == "disable")
        elif form.get("do") == "end":
            admin_users.end_session(actor(), uuid_of(form.get("session")) or user)
        elif form.get("do") == "end-all":
            admin_users.end_sessions(actor(), user)
    except PalaverError as error:
        return _person(user, error), error.status
    return redirect(f"/admin/users/{user}", 303)


def _person(user: str, error: PalaverError | None = None) -> str:
    found, listed = admin_users.get(actor(), user), admin_users.sessions_page(actor(), user)
    return admin_page("admin/user.html", user=found, sessions=listed["items"], roles=ROLES, error=error)


@blueprint.get("/admin/invites")
@for_admins
def admin_invites() -> Any:
    """Who is invited, and a form for another invitation."""
    return _invites()


@blueprint.post("/admin/invites")
@for_admins
def create_invite() -> Any:
    """Invite somebody; this page is the only one that ever shows the link."""
    try:
        days = request.form.get("days", "7")
        if days not in DAYS:
            raise Invalid("Choose how long the invitation shall count.")
        email = request.form.get("email", "").strip() or None
        made = invites.create(actor(), mailing(), email, _role(), int(days) * invites.DAY)
    except PalaverError as error:
        return _invites(error=error), error.status
    return _invites(made=made), 201


@blueprint.post("/admin/invites/<uuid:invite_id>/revoke")
@for_admins
def revoke_invite(invite_id: UUID) -> Any:
    """Make an invitation useless."""
    try:
        invites.revoke(actor(), str(invite_id))
    except PalaverError as error:
        return _invites(error=error), error.status
    return redirect("/admin/invites", 303)


def _invites(**given: Any) -> str:
    listed = invites.page(actor(), uuid_of(request.args.get("after")), 50)
    return admin_page("admin/invites.html", listed=listed, roles=ROLES, days=DAYS, policy=policy(), **given)
