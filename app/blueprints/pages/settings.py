"""What surrounds the pages of one's own settings, and the first of them: the profile."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request

from app.blueprints.api.accounts import mailing
from app.blueprints.api.users import change_profile
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.appearance import TIME_ZONE, languages
from app.blueprints.pages.shell import page
from app.core.errors import PalaverError
from app.services import accounts
from app.services.mailing import Outcome

# Address and name, in the order of the navigation; one whose door is not mounted is not shown.
SECTIONS = (
    ("/settings", "Profile"),
    ("/settings/password", "Password"),
    ("/settings/security", "Security"),
    ("/settings/sessions", "Sessions"),
    ("/settings/accounts", "Connected accounts"),
    ("/settings/keys", "API keys"),
    ("/settings/usage", "Usage"),
)
THEMES = {"system": "As my device", "light": "Light", "dark": "Dark"}
ZONES = sorted(zone for zone in accounts.TIME_ZONES if zone.partition("/")[0] not in ("posix", "right") and "/" in zone)
MAILED = {
    "sent": "A link is on its way to {}; open it to show that the address is yours.",
    "failed": "The mail to {} could not be sent; try again in a while.",
    None: "The address was changed to {}.",
}


def settings_page(template: str, **given: Any) -> str:
    """A page in the frame of the settings (`settings/base.html`): `error` and `done` are shown above it."""
    mounted = {rule.rule for rule in current_app.url_map.iter_rules()}
    sections = [(address, name) for address, name in SECTIONS if address in mounted]
    return page(template, sections=sections, section="/".join(request.path.split("/")[:3]), **given)


@blueprint.get("/settings")
def settings() -> Any:
    """How one appears to others, and how Palaver appears to one."""
    return _profile(done="Saved." if "saved" in request.args else None)


@blueprint.post("/settings")
def change_settings() -> Any:
    """Change it."""
    form = request.form
    try:
        accounts.update(actor(), *(form.get(name) for name in ("display_name", "locale", "time_zone", "theme")))
    except PalaverError as error:
        return _profile(error=error), error.status
    return redirect("/settings?saved", 303)


@blueprint.post("/settings/email")
def change_address() -> Any:
    """Another address; where mails are sent it is verified first."""
    given = {"email": request.form.get("email", "").strip(), "current_password": request.form.get("password", "")}
    try:
        user, mail = change_profile(given)
    except PalaverError as error:
        return _profile(error=error), error.status
    return _mailed(user, mail)


@blueprint.post("/settings/email/verify")
def verify_address() -> Any:
    """The link once more."""
    try:
        asked = accounts.ask_again(actor(), mailing())
    except PalaverError as error:
        return _profile(error=error), error.status
    return _mailed(asked["user"], asked["mail"])


def _mailed(user: dict[str, Any], mail: Outcome) -> Any:
    actor().user.update(user)
    told = MAILED[mail].format(user["pending_email"] or user["email"])
    if mail == "failed":
        return _profile(error=PalaverError(told)), 503
    return _profile(done=told)


def _profile(**given: Any) -> str:
    held = actor().user
    tags, zones = languages(), [zone for zone in ZONES if zone != TIME_ZONE]
    offered = tags if held["locale"] in tags else tags | {held["locale"]: held["locale"]}
    return settings_page(
        "settings/profile.html", languages=offered, zones=zones, themes=THEMES, mails=mailing().is_on, **given
    )
