"""Mails that stay where they are, for tests."""

from __future__ import annotations

from app.adapters.mail import Mail, MailError


class Memory:
    """Keeps what it is given in `sent`; refuses everything while `is_broken`."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.is_broken = False

    def send(self, mail: Mail) -> None:
        """Keep it.

        Raises:
            MailError: `is_broken`.
        """
        if self.is_broken:
            raise MailError("The mailbox is broken.")
        self.sent.append(mail)
