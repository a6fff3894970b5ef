"""The mails that Palaver writes, as plain text."""

from __future__ import annotations

from app.adapters.mail import Mail
from app.core.names import spaced

DAY = "The link works once, within a day."


def verify(to: str, username: str, link: str) -> Mail:
    """Is this address yours?"""
    text = f"Hello {username},\n\nplease confirm that this e-mail address is yours:\n\n{link}\n\n{DAY} {_NOT_YOU}\n"
    return Mail(to, "Confirm your e-mail address", text)


def belongs_to_you(to: str, link: str) -> Mail:
    """Somebody gave an address that already has an account."""
    text = (
        "Hello,\n\nsomebody gave this e-mail address for an account at Palaver, but it has one already: yours. Nothing has"
        f" changed. If it was you, sign in with that account; a forgotten password is chosen anew here:\n\n{link}\n"
    )
    return Mail(to, "You have an account already", text)


def reset(to: str, username: str, link: str) -> Mail:
    """A forgotten password."""
    text = f"Hello {username},\n\nchoose a new password here:\n\n{link}\n\nThe link works once, within an hour. {_NOT_YOU}\n"
    return Mail(to, "Choose a new password", text)


def password_changed(to: str, username: str, link: str) -> Mail:
    """Told after the fact, in case it was somebody else."""
    text = (
        f"Hello {username},\n\nyour password was changed, and you were signed out everywhere else. If it was not you,"
        f" choose a new one at once:\n\n{link}\n"
    )
    return Mail(to, "Your password was changed", text)


def address_changes(to: str, username: str, link: str) -> Mail:
    """To the old address, in case it was somebody else."""
    text = (
        f"Hello {username},\n\nsomebody who knows your password gave another e-mail address for your account. If it was"
        f" not you, change the password and the address at once:\n\n{link}\n"
    )
    return Mail(to, "Your e-mail address changes", text)


def invitation(to: str, link: str, days: int) -> Mail:
    """An invitation to register."""
    within = "a day" if days <= 1 else f"{days} days"
    text = f"Hello,\n\nyou are invited to Palaver. Make your account here:\n\n{link}\n\nThe link works once, within {within}.\n"
    return Mail(to, "You are invited to Palaver", text)


def joining(to: str, inviter: str, title: str, link: str, days: int) -> Mail:
    """An invitation to a conversation."""
    within = "a day" if days <= 1 else f"{days} days"
    text = (
        f"Hello,\n\n{spaced(inviter)} invites you to the conversation “{spaced(title)}” at Palaver. Look at the invitation"
        f" here:\n\n{link}\n\nThe link works once, within {within}, for the account with this e-mail address.\n"
    )
    return Mail(to, "You are invited to a conversation", text)


_NOT_YOU = "If you did not ask for it, you need not do anything."
