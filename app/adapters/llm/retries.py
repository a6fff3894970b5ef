"""Asking again a server that is just not there: only before the first piece, because later a retry would repeat."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

from app.adapters.llm import ModelError

# A model server that is being restarted, or is too busy for a moment, is back within seconds.
PAUSES = (0.3, 1.0, 3.0)
# What passes: too many requests, and what a proxy says while the server behind it is not there.
PASSING = (429, 502, 503, 504)
# Who is told to wait longer than that is told so instead.
LONGEST_PAUSE = 30.0


class Passing(ModelError):
    """It may be different the next time.

    Attributes:
        retry_after: the seconds that the server wants to be left alone for.
    """

    def __init__(self, message: str, code: str, retry_after: float | None = None) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class Retries:
    """How often, and how long, a request is tried again.

    Args:
        seconds: from now; after that nobody waits any more.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + min(seconds, 86_400)
        self._pauses = iter(PAUSES)

    def wait(self, error: ModelError) -> None:
        """Return when it is time to try again.

        Raises:
            ModelError: this one, when it would not help.
        """
        pause = next(self._pauses, None) if isinstance(error, Passing) else None
        if pause is None:
            raise error
        pause *= random.uniform(1, 1.25)  # a hundred answers do not come back at the same moment
        asked = getattr(error, "retry_after", None) or 0.0
        if asked > LONGEST_PAUSE or time.monotonic() + max(pause, asked) >= self._until:
            raise error
        time.sleep(max(pause, asked))


def retry_after(said: str | None) -> float | None:
    """The seconds that a header `Retry-After` means: a number of them, or a date."""
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
