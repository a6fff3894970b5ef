"""Sending mails: after the commit, and never so that a request fails without saying so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Literal

from app.adapters.mail import Mail, Mailer, MailError

log = logging.getLogger(__name__)

Outcome = Literal["sent", "failed"] | None
WORKERS, WAITING = 4, 200


class Mailing:
    """The mails of one process.

    Args:
        mailer: what sends them; None when this server sends none.
        base_url: where links lead, without a slash at the end.
    """

    def __init__(self, mailer: Mailer | None, base_url: str) -> None:
        self._mailer = mailer
        self.base_url = base_url
        self._pool: ThreadPoolExecutor | None = None  # made after the fork, when first needed
        self._running: set[Future[None]] = set()

    @property
    def is_on(self) -> bool:
        """Are mails sent at all?"""
        return self._mailer is not None

    def link(self, path: str) -> str:
        """The address of one of our pages, for a mail."""
        return self.base_url + path

    def send(self, mail: Mail) -> Outcome:
        """Send it now; what became of it is for the person who waits for it. None: no mails are sent here."""
        if self._mailer is None:
            return None
        try:
            self._mailer.send(mail)
        except MailError as error:
            log.warning("a mail (%s) could not be sent: %s", mail.subject, error)
            return "failed"
        return "sent"

    def later(self, work: Callable[[], object]) -> None:
        """Do something that mails after the answer is given, so that its time tells nothing about what was found."""
        if len(self._running) >= WAITING:
            log.warning("too many mails wait; one was left out")
            return
        self._pool = self._pool or ThreadPoolExecutor(WORKERS, thread_name_prefix="mail")
        future: Future[None] = self._pool.submit(copy_context().run, _logged, work)
        self._running.add(future)
        future.add_done_callback(self._running.discard)

    def settle(self) -> None:
        """Wait until nothing is left to be done."""
        wait(list(self._running))


def _logged(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        log.exception("what was to be mailed could not be done")
