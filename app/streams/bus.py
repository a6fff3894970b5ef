"""The road between processes: an outbox in PostgreSQL, numbered and notified by whoever comes first.

A notification may be lost (a dropped connection, a restart); nobody notices, because a durable event whose `pos` is not
the next one makes this process read the log, and a piece of an answer whose `idx` is not the next one makes it read the
pieces.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
import orjson
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from app.core.errors import PalaverError
from app.models import db, events
from app.models.listener import Listener
from app.streams.event import Event
from app.streams.watch import Watch

log = logging.getLogger(__name__)

# How often a process looks for what a dead one left in the outbox, and whether it missed anything itself.
SLOW_TIMER_SECONDS = 1.0
LISTEN_CHECK_SECONDS = 5.0
BATCH = 500


class Bus:
    """Carries events from the database to `on_event`, in the order of `pos`, each once.

    Args:
        on_event: called with every event of the server.
        on_gap: called when durable events were pruned before this process could read them.
    """

    def __init__(self, on_event: Callable[[Event], None], on_gap: Callable[[], None] = lambda: None) -> None:
        self.on_event = on_event
        self.on_gap = on_gap
        self.pos = 0
        self.epoch = ""
        self.listening = False
        self._next_idx: dict[str, int] = {}
        self._ended: deque[str] = deque(maxlen=200)
        self._wake = Signal()
        self._calm = Signal()
        self._is_publishing = False
        self._watches: dict[str, list[Watch]] = {}
        self._ears: dict[str, Callable[[Event], None]] = {}
        self._hearings = 0
        # Events are delivered by one greenlet at a time: who makes one ready may give way to others.
        self._turn = BoundedSemaphore(1)

    @property
    def hearing(self) -> int:
        """A number that stays the same as long as nothing was missed; 0 while this process does not listen."""
        return self._hearings if self.listening else 0

    def hear(self, kind: str, act: Callable[[Event], None]) -> None:
        """Have `act` called with every event of this kind, before anybody hears of it. Passing ones are missed while
        this process does not listen: see `hearing`. Call it before `start`."""
        self._ears[kind] = act

    def watch(self, kind: str, reload: Callable[[], None]) -> None:
        """Keep something fresh: `reload` runs at the start, after every event of this kind, after every gap in hearing,
        and on a slow timer. Call it before `start`."""
        self._watches.setdefault(kind, []).append(Watch(reload))

    def start(self) -> None:
        """Begin to carry; returns at once."""
        db.after_write = self._written
        gevent.spawn(self._publish)
        gevent.spawn(self._listen)
        for watches in self._watches.values():
            for watch in watches:
                watch.start()

    def settle(self, seconds: float) -> None:
        """Wait, so long at most, until everything that this process is writing has been delivered."""
        if self._is_busy():
            self._calm.clear()
            self._calm.wait(seconds)

    def _is_busy(self) -> bool:
        return bool(db.writing or self._wake.is_set() or self._is_publishing)

    def _written(self) -> None:
        self._wake.set()
        gevent.sleep(0)  # PostgreSQL publishes while whoever wrote makes the answer

    def _publish(self) -> None:
        while True:
            self._is_publishing = False
            if not self._is_busy():
                self._calm.set()
            self._wake.wait(timeout=SLOW_TIMER_SECONDS)
            self._wake.clear()
            self._is_publishing = True
            try:
                while (said := events.publish()) and self._carry_own(said) >= BATCH:
                    pass
            except Exception as error:
                log.warning("cannot publish, or deliver what was published: %s", error)
                gevent.sleep(SLOW_TIMER_SECONDS)

    def _carry_own(self, said: str) -> int:
        """What this process has just published need not come back to it by way of PostgreSQL: durable events are
        delivered at once, and known by their `pos` when they are notified. Answers how many events there were."""
        rows = [orjson.loads(line) for line in lines_of(said)]
        with self._turn:
            for row in rows:
                if self.listening and row["pos"] == self.pos + 1:
                    self._carry(row)
        return len(rows)

    def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                listener = Listener("palaver")
                try:
                    self._begin()
                    pause = 0.1
                    while True:
                        self._hear(listener.wait(LISTEN_CHECK_SECONDS))
                finally:
                    self.listening = False
                    listener.close()
            except PalaverError as error:
                log.warning("%s", error)
            except Exception:
                # Whatever it was, this process must go on hearing: what was lost is read from the log.
                log.exception("the listener failed")
            gevent.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _begin(self) -> None:
        """Listening has begun; what came before is in the log."""
        head = events.head()
        with self._turn:
            if head["epoch"] == self.epoch:
                self._read_log(None)
            else:
                began, self.epoch, self.pos = not self.epoch, head["epoch"], head["pos"]
                if not began:
                    self.on_gap()  # a backup was restored: positions of before mean nothing now
        self._hearings += 1
        self.listening = True
        for kind in self._watches:
            self._wake_watches(kind)

    def _tell(self, event: Event) -> None:
        if event.kind in self._ears:
            self._ears[event.kind](event)
        self._wake_watches(event.kind)

    def _wake_watches(self, kind: str) -> None:
        for watch in self._watches.get(kind, ()):
            watch.wake()

    def _hear(self, payloads: list[str]) -> None:
        with self._turn:
            if not payloads:
                self._read_log(None)  # what never was notified
            for payload in payloads:
                for line in lines_of(payload):
                    self._carry(orjson.loads(line))

    def _carry(self, row: dict[str, Any]) -> None:
        if row["pos"] is None:
            if row.get("payload") is not None:
                self._pass(Event.of(row))
        elif row["pos"] > self.pos:
            if row["pos"] > self.pos + 1 or "payload" not in row:
                self._read_log(row["pos"])
            else:
                self._deliver(Event.of(row))

    def _read_log(self, upto: int | None) -> None:
        """Deliver from the log what was not notified, or not in time."""
        while upto is None or self.pos < upto:
            rows = events.log_after(self.pos, BATCH)
            if not rows:
                if self.pos < (pruned := events.head()["pruned_pos"]):
                    self._lose(pruned)
                    continue
                return
            for row in rows:
                if row["pos"] > self.pos + 1:
                    self._lose(row["pos"] - 1)
                self._deliver(Event.of(row))

    def _lose(self, upto: int) -> None:
        """What lies between was pruned before we could read it: every stream has to start over."""
        self.pos = upto
        self.on_gap()

    def _deliver(self, event: Event) -> None:
        assert event.pos is not None
        self._note_growth(event)
        self._tell(event)
        try:
            self.on_event(event)
        finally:
            # Afterwards: others may run while the event is made ready, and who waits for `pos` counts on its delivery.
            self.pos = event.pos

    def _note_growth(self, event: Event) -> None:
        """Which answers grow, and with which piece they begin: one that goes on has its text so far as piece 0."""
        if event.kind in ("message.new", "message.updated") and event.payload["message"]["status"] == "streaming":
            message = event.payload["message"]["id"]
            self._next_idx[message] = 0 if event.kind == "message.new" else 1
            while message in self._ended:
                self._ended.remove(message)
        elif event.kind == "message.done":
            self._next_idx.pop(event.payload["message_id"], None)
            self._ended.append(event.payload["message_id"])

    def _pass(self, event: Event) -> None:
        if event.kind != "message.delta":
            self._tell(event)
            self.on_event(event)
            return
        message, idx = event.payload["message_id"], event.payload["idx"]
        expected = self._next_idx.get(message)
        if expected is None or idx < expected:
            return  # ended already, or heard already; an answer older than this process is adopted by `follow`
        if idx > expected:
            missed = events.pieces(message, expected, idx)
            if len(missed) < idx - expected:
                return  # a late one, of the time before this answer went on
            for piece in missed:
                self.on_event(Event(None, event.topic, None, event.kind, event.payload | piece))
        self._next_idx[message] = idx + 1
        self.on_event(event)

    def follow(self, message: str, next_idx: int) -> None:
        """An answer that began before this process did: its next piece is `next_idx`."""
        if message not in self._ended:
            self._next_idx.setdefault(message, next_idx)


def lines_of(said: str) -> list[str]:
    """Its lines. Not splitlines(): it also splits at U+2028 and its like, which people may write."""
    return said.rstrip("\n").split("\n")
