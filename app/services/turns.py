"""Requests that are carried out where they arrived, and wait their turn for a model together with the answers of threads.

    with turns.take(actor, completions.ask(actor, …)["turn"]) as turn:
        if not turn.wait(30): …          # `turn.place` says how many are before it, itself included
        …ask the model of `turn.asked`, and stop when `turn.lost` is set…
        turn.end("stop", first_ms)       # or else the end of the block ends it as an error

One greenlet of the process asks for all that wait, and shows the sign of life of those that are being answered.
"""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.core.errors import PalaverError
from app.core.settings import Llm
from app.models import completions

log = logging.getLogger(__name__)

KEEP_SECONDS = 10
BEAT_SECONDS = 3.0
# A notification wakes who waits; this is for the one that was lost.
POLL_SECONDS = 0.5


class Turn:
    """One request's place in the queue.

    Attributes:
        asked: `{assistant, model}` as `ChatModels.of` and `chat_models.parameters` want it.
        place: in the queue of this server of models, from 1; 0 once it is its turn.
        lost: set when somebody believed this process dead, and gave the place away: stop.
    """

    def __init__(self, turns: Turns, actor: str, row: dict[str, Any]) -> None:
        self._turns, self._actor = turns, actor
        self.id: str = row["id"]
        self.asked: dict[str, Any] = row["asked"]
        self.place: int = row["place"]
        self.lost = Signal()
        self._ready = Signal()
        self.tell(row)

    def tell(self, row: dict[str, Any]) -> None:
        """What the database says of it."""
        self.place = 0 if row["lease"] else row["place"]
        if row["lease"]:
            self._ready.set()

    def lose(self) -> None:
        """It ended without us."""
        self.lost.set()
        self._ready.set()

    @property
    def is_waiting(self) -> bool:
        return not self._ready.is_set()

    def wait(self, seconds: float) -> bool:
        """Is it its turn, now or within this time?"""
        return bool(self._ready.wait(seconds)) and not self.lost.is_set()

    def end(self, finish_reason: str, first_ms: int | None = None) -> None:
        """It is over; whatever it was. Only the first time counts."""
        if self._turns.forget(self) and not self.lost.is_set():
            try:
                completions.end(self._actor, self.id, finish_reason, first_ms)
            except PalaverError as error:
                log.warning("a request could not be ended; its place is free in %d s: %s", KEEP_SECONDS, error)

    def __enter__(self) -> Turn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.end("cancelled" if kind is GeneratorExit or self.is_waiting else "error")


class Turns:
    """The requests of this process that wait or are being answered.

    Attributes:
        local: how many the configuration lets the model of this machine answer at once; 0 leaves it to the database.
    """

    def __init__(self, config: Llm) -> None:
        self.local = config.max_concurrent_requests
        self._all: dict[str, Turn] = {}
        self._wake = Signal()
        self._keeper: gevent.Greenlet | None = None

    def take(self, actor: str, row: dict[str, Any]) -> Turn:
        """The place in the queue that `completions.ask` answers."""
        turn = Turn(self, actor, row)
        self._all[turn.id] = turn
        if not self._keeper:  # not started yet, or it has ended
            self._keeper = gevent.spawn(self._run)
        self._wake.set()
        return turn

    def forget(self, turn: Turn) -> bool:
        """Was it still one of ours?"""
        return self._all.pop(turn.id, None) is not None

    def wake(self) -> None:
        """A place may have become free."""
        self._wake.set()

    def _run(self) -> None:
        beat_at = time.monotonic() + BEAT_SECONDS
        while self._all:
            self._wake.clear()
            try:
                self._ask()
                if time.monotonic() >= beat_at:
                    beat_at = time.monotonic() + BEAT_SECONDS
                    self._keep()
            except PalaverError as error:
                log.warning("cannot look whose turn it is: %s", error)
                gevent.sleep(POLL_SECONDS)
            self._wake.wait(POLL_SECONDS if any(t.is_waiting for t in self._all.values()) else BEAT_SECONDS)

    def _ask(self) -> None:
        waiting = [turn for turn in self._all.values() if turn.is_waiting]
        if not waiting:
            return
        told = {row["id"]: row for row in completions.claim([t.id for t in waiting], KEEP_SECONDS, self.local)}
        for turn in waiting:
            if turn.id in told:
                turn.tell(told[turn.id])
            elif turn.id in self._all:
                turn.lose()

    def _keep(self) -> None:
        running = [turn.id for turn in self._all.values() if not turn.is_waiting]
        for gone in completions.keep(running, KEEP_SECONDS) if running else ():
            if gone in self._all:
                self._all[gone].lose()
