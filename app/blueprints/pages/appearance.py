"""How pages look to who is signed in: the theme, and in what language and time zone times are written."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton
from flask import g, has_request_context

# What accounts begin with means: as the browser says. Who wants UTC whatever the browser says takes Etc/UTC.
LOCALE, TIME_ZONE = "en", "UTC"
LANGUAGES = """
en-GB en-US ar cs da de de-AT de-CH el es es-MX fi fr fr-CA he hi hu id it ja ko nb nl pl pt pt-BR ro ru sk sv th tr uk
vi zh
"""


def _user() -> dict[str, Any]:
    """Who is signed in, as far as this request knows already: a page that tells of a broken database asks nothing."""
    holder = g.get("_login_user") if has_request_context() else None
    return holder.user if holder is not None and holder.is_authenticated else {}


def look() -> dict[str, str | None]:
    """Attributes of the page's `html`: what was chosen, and nothing where the browser decides."""
    user = _user()
    chosen = {
        "data-theme": (user.get("theme"), "system"),
        "data-locale": (user.get("locale"), LOCALE),
        "data-time-zone": (user.get("time_zone"), TIME_ZONE),
    }
    return {name: value if value != default else None for name, (value, default) in chosen.items()}


def shown_time(at: str) -> str:
    """A time as who is signed in reads it; in UTC for who has not said where he is, and has no JavaScript."""
    user, moment = _user(), datetime.fromisoformat(at)
    zone, locale = user.get("time_zone", TIME_ZONE), user.get("locale", LOCALE)
    local = moment.astimezone(ZoneInfo(zone))
    if locale == LOCALE:
        return f"{local:%-d %b %Y, %H:%M %Z}"
    date, hour = (format_skeleton(skeleton, local, locale=locale.replace("-", "_")) for skeleton in ("yMMMd", "Hm"))
    return f"{date}, {hour} {local:%Z}"


@lru_cache
def languages() -> dict[str, str]:
    """Languages to choose from, each in its own words."""
    names = {tag: Locale.parse(tag, sep="-").get_display_name() or tag for tag in LANGUAGES.split()}
    return {LOCALE: "English, dates as my browser writes them"} | {
        tag: n[0].upper() + n[1:] for tag, n in names.items()
    }
