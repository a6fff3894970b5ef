"""Set-up, signing in and out, and finding out who asks."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from app.core import passwords
from app.core.actor import Actor
from app.core.config import Session
from app.core.errors import Forbidden, Invalid, InvalidCredentials
from app.models import sessions, users

USERNAME = re.compile(r"[^\W_][\w.-]{0,31}")
MIN_PASSWORD, MAX_PASSWORD = 8, 1024

_set_up = False


def is_set_up() -> bool:
    """True once the first account exists; it stays true, so it is asked only until then."""
    global _set_up
    _set_up = _set_up or users.setup_done()
    return _set_up


def set_up(username: str, email: str, password: str) -> dict[str, Any]:
    """Make the first account, an administrator.

    Raises:
        Conflict: somebody was first.
        Invalid: the name, address or password will not do.
    """
    check_account(username, email, password)
    return users.setup(username, email, passwords.make(password))


def create_user(
    username: str, email: str | None, password: str, role: str, display_name: str | None = None
) -> dict[str, Any]:
    """Make an account.

    Raises:
        Conflict: the name or address is taken.
        Invalid: the name, address or password will not do.
    """
    check_account(username, email, password)
    return users.create(username, email, display_name, passwords.make(password), role)


def sign_in(login: str, password: str, config: Session, user_agent: str, ip: str | None) -> tuple[dict[str, Any], str]:
    """Begin a session.

    Args:
        login: user name or e-mail address.

    Returns:
        `{user, session}` and the session's token, which only its cookie knows.

    Raises:
        InvalidCredentials: wrong name or wrong password; which of them is not said.
        Forbidden: the account is disabled (said only to who knows the password).
    """
    found = users.credentials(login.strip())
    if not passwords.check(found["password_hash"] if found else None, password[:MAX_PASSWORD]) or found is None:
        raise InvalidCredentials("The name or the password is wrong.")
    if found["disabled"]:
        raise Forbidden("This account is disabled; ask an administrator.")
    if passwords.is_dated(found["password_hash"]):
        users.rehash(found["id"], found["password_hash"], passwords.make(password))
    return begin_session(found["id"], config, user_agent, ip)


def begin_session(user: str, config: Session, user_agent: str, ip: str | None) -> tuple[dict[str, Any], str]:
    """A session for a user whose identity is proven: `{user, session}` and the token."""
    token = secrets.token_urlsafe(32)
    made = sessions.create(
        user, _digest(token), user_agent, ip, config.idle_seconds, config.absolute_seconds, config.max_per_user
    )
    return made, token


def actor_of(token: str | None) -> Actor | None:
    """Who holds this session token, if it still lives."""
    if not token or len(token) > 128:
        return None
    found = sessions.load(_digest(token))
    return Actor(found["user"]["id"], found["session"], found["user"]) if found else None


def sign_out(actor: Actor) -> None:
    """End the actor's session; its streams close."""
    sessions.end(actor.id, actor.session["id"])


def check_account(username: str, email: str | None, password: str) -> None:
    """Say everything that is wrong with a new account at once.

    Raises:
        Invalid: with one sentence a field.
    """
    wrong = {}
    if not USERNAME.fullmatch(username):
        wrong["username"] = ["Use 1 to 32 letters, digits, dots, dashes or underscores; begin with a letter or digit."]
    if (email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", email)) or len(email or "") > 254:
        wrong["email"] = ["This is not an e-mail address."]
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        wrong["password"] = [f"Use at least {MIN_PASSWORD} characters."]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
