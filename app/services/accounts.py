"""One's own account: how it appears, and the address it is reached at."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

from app.core.actor import Actor
from app.core.errors import Invalid, InvalidCredentials
from app.core.names import is_shown, spaced
from app.models import accounts, users
from app.services import auth, letters, tokens
from app.services.mailing import Mailing

TIME_ZONES = frozenset(available_timezones())
THEMES = ("system", "light", "dark")


def read(actor: Actor, user: str) -> dict[str, Any]:
    """Anybody, as others see him.

    Raises:
        NotFound: there is nobody with this id.
    """
    return users.read(actor.id, user)


def check_profile(display_name: str | None = None, locale: str | None = None, time_zone: str | None = None,
                  theme: str | None = None) -> None:  # fmt: skip
    """Say everything that is wrong with a changed profile at once; what is None stays as it is.

    Raises:
        Invalid: no name, or a language or time zone that nobody knows.
    """
    wrong: dict[str, list[str]] = {}
    if display_name is not None and not is_shown(spaced(display_name), 80):
        wrong["display_name"] = ["Use 1 to 80 characters that can be seen."]
    if locale is not None and not is_locale(locale):
        wrong["locale"] = ["This is not a language tag that Palaver knows, such as en or pt-BR."]
    if time_zone is not None and time_zone not in TIME_ZONES:
        wrong["time_zone"] = ["This is not a time zone such as Europe/Stockholm."]
    if theme is not None and theme not in THEMES:
        wrong["theme"] = ["Choose system, light or dark."]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)


def update(actor: Actor, display_name: str | None = None, locale: str | None = None, time_zone: str | None = None,
           theme: str | None = None) -> dict[str, Any]:  # fmt: skip
    """Change how the actor appears and what pages look like; what is None stays.

    Raises:
        Invalid: see `check_profile`.
    """
    check_profile(display_name, locale, time_zone, theme)
    return accounts.update(actor.id, display_name and spaced(display_name), locale, time_zone, theme)


def is_locale(tag: str) -> bool:
    """Do we know how dates are written in this language?"""
    try:
        return bool(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) and Locale.parse(tag, sep="-"))
    except (UnknownLocaleError, ValueError):
        return False


def change_email(actor: Actor, mailing: Mailing, email: str, password: str | None) -> dict[str, Any]:
    """Another address, which needs the password. Where mails are sent it counts once its link is opened.

    Returns:
        `{user, mail}`.

    Raises:
        InvalidCredentials: the password is wrong.
        Invalid: this is not an address.
        Conflict: it belongs to another account (where mails are sent, its owner is told instead), or links were asked
            for too often.
    """
    auth.check_email(email)
    if not password:
        raise InvalidCredentials("Give your password, too, to change the address.")
    auth.check_password(actor, password)
    token, stored = tokens.make()
    made = accounts.change_email(actor.id, email, stored if mailing.is_on else None, tokens.VERIFY_SECONDS)
    old = made["before"]
    if old and mailing.is_on and old.lower() != email.lower():
        warning = letters.address_changes(old, actor.user["username"], mailing.link("/settings"))
        mailing.later(lambda: mailing.send(warning))
    return _told(mailing, made, token)


def ask_again(actor: Actor, mailing: Mailing) -> dict[str, Any]:
    """The link once more for the address that is not verified yet: `{user, mail}`.

    Raises:
        Conflict: there is none, or links were asked for too often.
        Invalid: no mails are sent here.
    """
    return _ask(actor.id, mailing)


def ask_again_as(login: str, password: str, ip: str | None, mailing: Mailing) -> dict[str, Any]:
    """The same for who cannot sign in before the link is opened: `{user, mail}`.

    Raises:
        InvalidCredentials: wrong name or wrong password.
        Conflict: there is nothing to verify, or links were asked for too often.
    """
    return _ask(auth.check_login(login, password, ip)["id"], mailing)


def _ask(user: str, mailing: Mailing) -> dict[str, Any]:
    if not mailing.is_on:
        raise Invalid("This server sends no mails, so it verifies no addresses.")
    token, stored = tokens.make()
    return _told(mailing, accounts.ask_email(user, stored, tokens.VERIFY_SECONDS), token)


def _told(mailing: Mailing, made: dict[str, Any], token: str) -> dict[str, Any]:
    letter = (
        letters.belongs_to_you(made["email"], mailing.link("/forgot"))
        if made["taken"]
        else letters.verify(made["email"], made["user"]["username"], mailing.link(f"/verify/{token}"))
    )
    return {"user": made["user"], "mail": mailing.send(letter)}


def verify(token: str) -> dict[str, Any]:
    """The link was opened: the address is his who holds it.

    Raises:
        Gone: the link is of no use.
        Conflict: the address belongs to another account by now.
    """
    return accounts.verify_email(tokens.digest(token))
