"""Mails as lines of the log, for trying out: the only place where a link with a token may be written down."""

from __future__ import annotations

import logging

from app.adapters.mail import Mail

log = logging.getLogger(__name__)


class Console:
    """Writes every mail into the log of the process."""

    def send(self, mail: Mail) -> None:
        """Write it down, whatever `logging.level` is."""
        log.critical("Mail to %s: %s\n%s", mail.to, mail.subject, mail.text)
