"""Set-up, signing in and out, and finding out who asks."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from app.core import passwords
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, InvalidCredentials, NotFound
from app.core.names import is_shown, spaced
from app.core.settings import Session
from app.models import audit, sessions, users
from app.services import sign_in_pace

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
    check_account(username, email, password, display_name)
    return users.create(username, email, display_name and spaced(display_name), passwords.make(password), role)


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
    found = check_login(login, password, ip)
    if found["awaits_verification"]:
        raise Forbidden("Open the link first that was sent to your e-mail address.", code="PV.AUTH.UNVERIFIED")
    if passwords.is_dated(found["password_hash"]):
        users.rehash(found["id"], found["password_hash"], passwords.make(password))
    return begin_session(found["id"], config, user_agent, ip)


def check_login(login: str, password: str, ip: str | None = None) -> dict[str, Any]:
    """Whose name and password these are: `{id, password_hash, awaits_verification, …}`.

    Raises:
        InvalidCredentials: wrong name or wrong password; which of them is not said.
        Forbidden: the account is disabled (said only to who knows the password).
        RateLimited: too many attempts on this account from this address.
    """
    typed = login.strip().lower()
    sign_in_pace.attempt(typed, ip)
    found = users.credentials(login.strip())
    if not passwords.check(found["password_hash"] if found else None, password[:MAX_PASSWORD]) or found is None:
        # An unknown name is not written down: it may be a password, typed into the wrong field.
        audit.note(None, "sign_in.refused", "user", *((found["id"], login.strip()) if found else ()))
        raise InvalidCredentials("The name or the password is wrong.")
    sign_in_pace.succeeded(typed, ip)
    if found["disabled"]:
        audit.note(None, "sign_in.refused", "user", found["id"], login.strip(), why="disabled")
        raise Forbidden("This account is disabled; ask an administrator.")
    return found


def begin_session(
    user: str, config: Session, user_agent: str, ip: str | None, method: str = "password"
) -> tuple[dict[str, Any], str]:
    """A session for a user whose identity is proven: `{user, session}` and the token.

    Args:
        method: how it was proven: password, passkey, or the name of another provider.
    """
    token = secrets.token_urlsafe(32)
    made = sessions.create(
        user, _digest(token), user_agent, ip, config.idle_seconds, config.absolute_seconds, config.max_per_user, method
    )
    return made, token


def actor_of(
    token: str | None, user_agent: str, ip: str | None, check_client: bool = False
) -> tuple[Actor, str | None, float] | None:
    """Who holds this session token, if it still lives.

    Args:
        check_client: a client that looks different from the one that signed in makes the session suspicious.

    Returns:
        The actor, the session's next token when it is time for another, and for how many seconds all this may be
        believed without asking again.
    """
    if not token or len(token) > 128:
        return None
    found = sessions.load(_digest(token), user_agent, ip, check_client)
    if not found:
        return None
    actor = Actor(found["user"]["id"], found["session"], found["user"])
    # Who is to get another token, or to give the password again, is looked up until that has happened.
    seconds = 0.0 if found["rotate"] or found["session"]["suspicious"] else found["seconds"]
    return actor, rotate(actor, token) if found["rotate"] else None, seconds


def rotate(actor: Actor, token: str) -> str | None:
    """Another token for the session; None when a parallel request was first (the old one still counts for seconds)."""
    fresh = secrets.token_urlsafe(32)
    return fresh if sessions.rotate(actor.session["id"], _digest(token), _digest(fresh)) else None


def confirm(actor: Actor, password: str, user_agent: str, ip: str | None) -> None:
    """The password again, for a session that had become suspicious; then it works as before.

    Raises:
        InvalidCredentials: the password is wrong.
    """
    check_password(actor, password)
    sessions.trust(actor.session["id"], user_agent, ip)


def check_password(actor: Actor, password: str) -> None:
    """Is it the actor's?

    Raises:
        InvalidCredentials: it is not, or the account has none.
        RateLimited: too many attempts in this session: who found a browser that is signed in may not guess on.
    """
    sign_in_pace.attempt(actor.id, actor.credential_id)
    found = users.credentials(actor.user["username"])
    if not passwords.check(found["password_hash"] if found else None, password[:MAX_PASSWORD]):
        audit.note(actor.id, "password.refused", "user", actor.id, actor.user["username"])
        raise InvalidCredentials("The password is wrong.")
    sign_in_pace.succeeded(actor.id, actor.credential_id)


def sessions_of(actor: Actor, user: str | None = None) -> list[dict[str, Any]]:
    """Living sessions of the actor, or (for administrators) of another user."""
    return sessions.list_of(actor.id, user or actor.id)


def end_session(actor: Actor, session: str) -> None:
    """End one of the actor's sessions, or (for administrators) anybody's.

    Raises:
        NotFound: there is no such living session.
    """
    if not sessions.end(actor.id, session):
        raise NotFound("There is no such session, or it has ended already.")


def end_other_sessions(actor: Actor) -> int:
    """Sign out everywhere else; answers how many sessions ended."""
    return sessions.end_others(actor.id, actor.session["id"])


def sign_out(actor: Actor) -> None:
    """End the actor's session; its streams close."""
    sessions.end(actor.id, actor.session["id"])


def check_account(username: str, email: str | None, password: str, display_name: str | None = None) -> None:
    """Say everything that is wrong with a new account at once.

    Raises:
        Invalid: with one sentence a field.
    """
    wrong = {}
    if not USERNAME.fullmatch(username):
        wrong["username"] = ["Use 1 to 32 letters, digits, dots, dashes or underscores; begin with a letter or digit."]
    if email is not None and not _is_email(email):
        wrong["email"] = ["This is not an e-mail address."]
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        wrong["password"] = [f"Use at least {MIN_PASSWORD} characters."]
    if display_name is not None and not is_shown(spaced(display_name), 80):
        wrong["display_name"] = ["Use 1 to 80 characters that can be seen."]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), errors=wrong)


def _is_email(text: str) -> bool:
    return len(text) <= 254 and bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text)) and text.isprintable()


def check_email(email: str) -> None:
    """Is it one?

    Raises:
        Invalid: it is not.
    """
    if not _is_email(email):
        raise Invalid("This is not an e-mail address.", errors={"email": ["This is not an e-mail address."]})


def check_new_password(password: str, field: str) -> None:
    """Will it do?

    Raises:
        Invalid: it is too short or too long; `field` is what the form calls it.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        said = f"Use at least {MIN_PASSWORD} characters."
        raise Invalid(said, errors={field: [said]})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
