"""Mails by SMTP, one connection a mail."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from app.adapters.mail import Mail, MailError
from app.core.settings import Mail as Settings


class Smtp:
    """Sends by the server of the section `mail`. Under gevent its waiting stops nobody else."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Hand a mail to the server.

        Raises:
            MailError: not reachable, not trusted, not signed in, or the address is refused.
        """
        try:
            message = self._message(mail)
            with self._connect() as server:
                server.send_message(message, to_addrs=[mail.to])
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # Only the kind and the number: a server's own words may quote the address or the mail.
            number = getattr(error, "smtp_code", None) or getattr(error, "errno", None) or ""
            raise MailError(f"{type(error).__name__} {number}".strip()) from None

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.from_address
        message["To"] = Address(addr_spec=mail.to)  # one address and nothing else, or ValueError
        message["Subject"] = mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._settings.from_address.rpartition("@")[2].strip("> "))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message

    def _connect(self) -> smtplib.SMTP:
        given = self._settings
        server: smtplib.SMTP
        if given.security == "tls":
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(given.host, given.port, timeout=given.timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(given.host, given.port, timeout=given.timeout_seconds)
        try:
            if given.security == "starttls":
                server.starttls(
                    context=ssl.create_default_context()
                )  # fails where it is not offered: never in the clear
            if given.username:
                server.login(given.username, given.password)
        except BaseException:
            server.close()
            raise
        return server
