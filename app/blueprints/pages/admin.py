"""What surrounds the pages of administrators, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import page
from app.core.errors import Forbidden, NotFound

# Address and name, in the order of the navigation; one whose door is not mounted is not shown.
SECTIONS = (
    ("/admin/users", "Users"),
    ("/admin/invites", "Invitations"),
    ("/admin/models", "Models"),
    ("/admin/assistants", "Assistants"),
    ("/admin/tools", "Tools"),
    ("/admin/limits", "Limits"),
    ("/admin/usage", "Usage"),
    ("/admin/budgets", "Budgets"),
    ("/admin/features", "Features"),
    ("/admin/audit", "Audit"),
)

View = TypeVar("View", bound=Callable[..., Any])


def for_admins(view: View) -> View:
    """Mark a page that only administrators may open (put it below the route). The stored functions check again."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if actor().user["role"] != "admin":
            raise Forbidden("Only an administrator may open this page.")
        return view(*args, **kwargs)

    return checked  # type: ignore[return-value]


def admin_page(template: str, **given: Any) -> str:
    """A page in the frame of the administration (`admin/base.html`)."""
    return page(template, sections=sections(), section="/".join(request.path.split("/")[:3]), **given)


def sections() -> list[tuple[str, str]]:
    """The sections that this server has."""
    mounted = {rule.rule for rule in current_app.url_map.iter_rules()}
    return [(address, name) for address, name in SECTIONS if address in mounted]


@blueprint.get("/admin")
@for_admins
def admin() -> Any:
    """The first section."""
    there = sections()
    if not there:
        raise NotFound("There is nothing to administer.")
    return redirect(there[0][0], 303)
