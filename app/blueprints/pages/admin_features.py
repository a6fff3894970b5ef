"""The page of features: what is on, and switches for those that can be switched live."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from app.blueprints.api.admin_features import state, switch_here
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.core.errors import PalaverError
from app.services import features


@blueprint.get("/admin/features")
@for_admins
def admin_features() -> Any:
    """Every feature and whether it is on."""
    return _show()


@blueprint.post("/admin/features")
@for_admins
def switch_feature() -> Any:
    """Switch one."""
    try:
        switch_here(request.form.get("name", ""), request.form.get("enabled") == "true")
    except PalaverError as error:
        return _show(error), error.status
    return redirect("/admin/features", 303)


def _show(error: PalaverError | None = None) -> str:
    return admin_page("admin/features.html", features=features.shown(state()), error=error)
