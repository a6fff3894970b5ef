"""Who came to this process and who left it, told to the database; and who is typing, kept for those who come later."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.core.errors import PalaverError
from app.models import presence
from app.streams.event import Event

log = logging.getLogger(__name__)

# A page that people leave for another one reconnects within this time; only then is somebody gone.
GRACE_SECONDS = 3.0
# A sign of life that was on its way when the last tab was closed says nothing of who closed it.
LATE_SECONDS = 2.0
# The others believe for 15 seconds that this process lives and holds the streams it named.
BEAT_SECONDS = 5.0
STEP_SECONDS = 0.25
# Told in one transaction; it holds the rows of those people for that long.
BATCH = 200
MOST_TYPING = 5_000


class Presence:
    """Comings and goings of a process: those of a moment are told together, in the order in which they happened.

    Args:
        is_here: has this user a stream in this process?
        most_members: conversations with more members are told nothing.
    """

    def __init__(self, is_here: Callable[[str], bool], most_members: int) -> None:
        self.most_members = most_members
        self._is_here = is_here
        self._place = ""
        self._came: dict[str, None] = {}
        self._left: dict[str, float] = {}
        self._beaten = 0.0
        self._wake = Signal()

    def start(self, place: str) -> None:
        """Begin to tell, under a name that no other process has; returns at once."""
        self._place = place
        gevent.spawn(self._run)

    def came(self, user: str) -> None:
        """A stream was opened: a sign of life."""
        self._came[user] = None
        self._wake.set()

    def left(self, user: str) -> None:
        """The last stream of a user in this process ended."""
        self._left[user] = time.monotonic()

    def _run(self) -> None:
        while True:
            self._wake.wait(timeout=STEP_SECONDS)
            self._wake.clear()
            try:
                while self.tell(time.monotonic()):
                    pass
            except PalaverError as error:
                log.warning("cannot tell who is here: %s", error)
                gevent.sleep(1)
            except Exception:
                log.exception("cannot tell who is here")
                gevent.sleep(1)
            gevent.sleep(STEP_SECONDS / 5)  # who comes in the same moment is told in the same transaction

    def tell(self, now: float) -> bool:
        """Tell one batch, if there is anything to tell, or the time has come to say that this process lives.

        Returns:
            True when there may be more.
        """
        came = list(self._came)[:BATCH]
        gone = [user for user, at in self._left.items() if user not in self._came and self._is_settled(user, now - at)]
        gone = gone[:BATCH]
        left = {u: max(now - self._left[u] - LATE_SECONDS, 0) for u in gone if not self._is_here(u)}
        if came or left or now - self._beaten >= BEAT_SECONDS:
            presence.place(self._place, came, left, self.most_members)
            self._beaten = now
        for user in came:
            self._came.pop(user, None)
        for user in gone:
            if self._left[user] <= now:
                del self._left[user]
        return len(came) == BATCH or len(gone) == BATCH

    def _is_settled(self, user: str, seconds: float) -> bool:
        """Is it clear, so long after their last stream ended, whether somebody left or merely changed pages?"""
        return seconds >= GRACE_SECONDS or self._is_here(user)


class Typists:
    """Who is typing where right now: what a stream that opens in the middle begins with."""

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[str, str | None, str], dict[str, Any]] = OrderedDict()

    def hear(self, event: Event) -> None:
        """Remember who types, and forget who has posted."""
        if event.kind == "typing.update":
            told = event.payload
            key = (told["conversation_id"], told["root_id"], told["user_id"])
            self._events[key] = told
            self._events.move_to_end(key)
            while len(self._events) > MOST_TYPING:
                self._events.popitem(last=False)
        elif event.kind == "message.new" and self._events:
            message = event.payload["message"]
            for root in {event.payload["root_id"], None}:
                self._events.pop((event.topic, root, message["author"]["id"]), None)

    def of(self, topics: Iterable[str], user: str) -> list[dict[str, Any]]:
        """What this user may hear of the others, in these conversations."""
        if not self._events:
            return []
        now, heard = datetime.now(UTC), set(topics)
        for key, told in list(self._events.items()):
            if datetime.fromisoformat(told["expires_at"]) <= now:
                del self._events[key]
        return [t for t in self._events.values() if t["conversation_id"] in heard and t["user_id"] != user]
