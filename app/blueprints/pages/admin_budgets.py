"""The page of budgets: what there is, how much of it is used, and new ones."""

from __future__ import annotations

import math
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
from app.schemas.usage import PERIODS, UNITS
from app.services import admin_users, budgets, model_catalogue

PAGE = "/admin/budgets"
WHOM = {"": "All together", "member": "Every member", "read_only": "Every reader", "admin": "Every administrator"}


@blueprint.get(PAGE)
@for_admins
def admin_budgets() -> Any:
    """Every budget."""
    return _show()


@blueprint.post(PAGE)
@for_admins
def create_budget() -> Any:
    """Make one."""
    form = request.form

    def make() -> Any:
        unit, period, role = form.get("unit", ""), form.get("period", ""), form.get("role", "")
        if unit not in UNITS or period not in PERIODS or role not in WHOM:
            raise Invalid("Choose for whom, what is counted, and for how long.")
        return budgets.add(actor(), unit, period, _amount(), _user(form.get("user", "")), role or None,
                           uuid_of(form.get("model_id")))  # fmt: skip

    return _done(make)


@blueprint.post(f"{PAGE}/<uuid:budget_id>")
@for_admins
def change_budget(budget_id: UUID) -> Any:
    """Another amount."""
    return _done(lambda: budgets.change(actor(), str(budget_id), amount=_amount()))


@blueprint.post(f"{PAGE}/<uuid:budget_id>/delete")
@for_admins
def delete_budget(budget_id: UUID) -> Any:
    """Remove it."""
    return _done(lambda: budgets.remove(actor(), str(budget_id)))


def _amount() -> float:
    try:
        amount = float(request.form.get("amount", "").replace(",", "."))
    except ValueError:
        amount = math.nan
    if not 0 <= amount <= 1e15:
        raise Invalid("How much is a number, 0 or more.")
    return amount


def _user(name: str) -> str | None:
    """The id of the person with this user name; nobody when the field is empty."""
    wanted = name.strip().removeprefix("@").lower()[:32]
    if not wanted:
        return None
    found = admin_users.page(actor(), wanted, None)["items"]
    exactly = [user["id"] for user in found if user["username"].lower() == wanted]
    if not exactly:
        raise Invalid(f"There is no user {wanted}; write the user name as the list of users has it.")
    return exactly[0]


def _done(act: Callable[[], Any]) -> str | tuple[str, int] | Response:
    return after(act, PAGE, _show)


def _show(error: PalaverError | None = None) -> str:
    return admin_page(
        "admin/budgets.html", budgets=budgets.everything(actor()), models=model_catalogue.all_models(actor()),
        whom=WHOM, units=UNITS, periods=PERIODS, error=error,
    )  # fmt: skip
