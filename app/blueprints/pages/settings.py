"""What surrounds the pages of one's own settings, and the first of them: the profile."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import page

# Address and name, in the order of the navigation; one whose door is not mounted is not shown.
SECTIONS = (
    ("/settings", "Profile"),
    ("/settings/password", "Password"),
    ("/settings/security", "Security"),
    ("/settings/sessions", "Sessions"),
    ("/settings/accounts", "Connected accounts"),
    ("/settings/keys", "API keys"),
)


def settings_page(template: str, **given: Any) -> str:
    """A page in the frame of the settings (`settings/base.html`): `error` and `done` are shown above it."""
    mounted = {rule.rule for rule in current_app.url_map.iter_rules()}
    sections = [(address, name) for address, name in SECTIONS if address in mounted]
    return page(template, sections=sections, section="/".join(request.path.split("/")[:3]), **given)


@blueprint.get("/settings")
def settings() -> Any:
    """How one appears to others, and how Palaver appears to one."""
    return settings_page("settings/profile.html")
