"""Mail that leaves the server: one protocol, whatever carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.core.settings import Mail as Settings


@dataclass(frozen=True)
class Mail:
    """A mail to one person, as plain text."""

    to: str
    subject: str
    text: str


class MailError(Exception):
    """A mail could not be sent; the message is for the log and names no address."""


class Mailer(Protocol):
    """What sends mails."""

    def send(self, mail: Mail) -> None:
        """Hand it over to whoever delivers it.

        Raises:
            MailError: it was not taken.
        """


def make(settings: Settings) -> Mailer | None:
    """The mailer of this configuration; None when no mails are sent."""
    if settings.adapter == "smtp":
        from app.adapters.mail.smtp import Smtp

        return Smtp(settings)
    if settings.adapter == "console":
        from app.adapters.mail.console import Console

        return Console()
    return None
