"""Take waiting answers, write several at once, keep their leases, stop those that people stop."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.adapters.llm import ChatModel, ModelError
from app.core.errors import PalaverError
from app.core.settings import Config
from app.jobs import errands
from app.jobs.pieces import PieceWriter
from app.models import accounts, answers, events, messages, model_status, presence, sessions
from app.services import answers as service
from app.services import budgets, summaries, titles
from app.services.answers import Growing
from app.services.chat_models import ChatModels
from app.services.errands import Errand
from app.services.tools import Toolbox
from app.streams.bus import Bus
from app.streams.event import Event

log = logging.getLogger(__name__)

LEASE_SECONDS, HEARTBEAT_SECONDS = 10, 3.0
# A notification wakes the worker at once; this is for the one that was lost.
POLL_SECONDS = 2.0
PRUNE_SECONDS = 600.0
# How often those who wait are told where, at most.
PLACES_SECONDS = 0.5
# How late silence is noticed, at most.
DECAY_SECONDS = 5.0
DECAY_BATCH = 500
FOLD_SECONDS = 5.0
PURGE_BATCH = 500
# What one process writes at once, of all servers together.
MOST_AT_ONCE = 400
# Taken with one call, which reads what they answer, too: the first of many begin while the next are taken.
TAKEN_AT_ONCE = 16


class Worker:
    """Writes answers until told to stop."""

    def __init__(self, config: Config, models: ChatModels, toolbox: Toolbox | None = None) -> None:
        self._config = config
        self._models, self._toolbox = models, toolbox
        self._growing: dict[str, Growing | Errand] = {}
        self._wake = Signal()
        self._waiting = Signal()
        self._asked = 1  # what was asked before we listened
        self._stopping = False
        # Leases that somebody cancelled before we knew that they are ours.
        self._cancelled: deque[str] = deque(maxlen=1000)
        self._was_away = False
        self._may_wait = True
        self._state: dict[str, Any] = {}
        self._state_until = 0.0
        self._state_hearing = 0
        self._pieces = PieceWriter()
        self.bus = Bus(self._hear)

    def run(self) -> None:
        """Work until `stop` is called."""
        self.bus.start()
        self._pieces.start()
        for task, seconds in (
            (self._beat, HEARTBEAT_SECONDS),
            (self._prune, PRUNE_SECONDS),
            (self._decay, DECAY_SECONDS),
            (self._fold, FOLD_SECONDS),
        ):
            gevent.spawn(_every, seconds, task)
        gevent.spawn(self._tell_places)
        while not self._stopping:
            self._wake.clear()
            try:
                self._take()
            except PalaverError as error:
                log.warning("cannot look for work: %s", error)
            self._wake.wait(timeout=POLL_SECONDS)
        self._end_all()

    def stop(self) -> None:
        """Finish in good order: what grows is ended as interrupted, with its text; what has not begun goes back."""
        self._stopping = True
        self._wake.set()

    def _hear(self, event: Event) -> None:
        if event.kind == "job.cancel" and event.payload["lease"] in self._growing:
            self._growing[event.payload["lease"]].stop("cancelled")
        elif event.kind == "job.cancel":
            self._cancelled.append(event.payload["lease"])
        elif event.kind == "model.status":
            self._state = event.payload
            self._wake.set()
        elif event.kind == "job.new":
            self._asked += 1
            self._wake.set()

    def _take(self) -> None:
        self._look_at_model()
        asked, self._asked = self._asked, 0
        taken = 0
        while (free := min(MOST_AT_ONCE - len(self._growing), TAKEN_AT_ONCE)) > 0:
            rows = answers.claim(
                free, LEASE_SECONDS, self._config.llm.max_concurrent_requests, service.most_characters(self._config.llm)
            )
            taken += len(rows)
            for row in rows:
                answer = Growing.of(row) if row["kind"] == "answer" else Errand.of(row)
                self._growing[answer.lease] = answer
                if answer.lease in self._cancelled:
                    answer.stop("cancelled")
                gevent.spawn(self._write if isinstance(answer, Growing) else self._run, answer)
            if len(rows) < free:
                break
        self._may_wait = taken < asked or free <= 0
        if self._may_wait:
            self._waiting.set()

    def _look_at_model(self) -> None:
        """Changes are heard; this is for those that were missed."""
        if time.monotonic() > self._state_until or self.bus.hearing != self._state_hearing or not self.bus.hearing:
            self._state_hearing = self.bus.hearing
            self._state = model_status.get_status()
            self._state_until = time.monotonic() + POLL_SECONDS

    def _ended(self, lease: str) -> None:
        self._growing.pop(lease, None)
        if self._may_wait or self._stopping:
            self._wake.set()

    def _tell_places(self) -> None:
        """As long as somebody waits."""
        while True:
            self._waiting.wait()
            self._waiting.clear()
            try:
                while answers.tell_places():
                    gevent.sleep(PLACES_SECONDS)
            except PalaverError as error:
                log.warning("cannot tell who waits where: %s", error)
                gevent.sleep(PLACES_SECONDS)

    def _write(self, answer: Growing) -> None:
        try:
            pieces, model = self._pieces, self._model_of(answer)
            service.write(answer, model, self._config.llm, pieces.grew, pieces.drain, self._toolbox)
            if answer.wants_title and self._config.llm.titles:
                titles.request(answer.message_id)
        except ModelError as error:
            service.fail(answer, error)
        except PalaverError as error:
            # The lease runs out and the answer is ended by whoever reaps it.
            log.warning("answer %s could not be ended: %s", answer.message_id, error)
        except Exception:
            log.exception("answer %s failed", answer.message_id)
        finally:
            self._ended(answer.lease)

    def _run(self, errand: Errand) -> None:
        try:
            errands.run(errand, self._model_of, self._config.llm)
        except PalaverError as error:
            # The lease runs out, and whoever reaps it lets another one try.
            log.warning("a %s could not be ended: %s", errand.kind, error)
        except Exception:
            log.exception("a %s failed", errand.kind)
        finally:
            self._ended(errand.lease)

    def _model_of(self, answer: Growing | Errand) -> ChatModel:
        model = answer.asked["model"]
        if model and model["provider"]["kind"] == "local" and self._state["state"] in ("none", "failed"):
            reason = self._state["detail"] or "No model is set up on this server."
            raise ModelError(reason, "PV.MODEL.UNAVAILABLE")
        return self._models.of(model)

    def _beat(self) -> None:
        was_away, self._was_away = self._was_away, True
        if self._growing:
            told = answers.heartbeat(list(self._growing), LEASE_SECONDS)
            for reason in ("cancelled", "lost"):
                for lease in told[reason]:
                    if lease in self._growing:
                        self._growing[lease].stop(reason)
        if not was_away:  # after the database was away the others show their sign of life first
            service.reap()
        self._was_away = False

    def _decay(self) -> None:
        set_by = self._config.presence
        while presence.decay(set_by.away_seconds, set_by.offline_seconds, set_by.most_members) >= DECAY_BATCH:
            gevent.sleep(0.05)

    def _fold(self) -> None:
        budgets.fold(self._config.llm)
        answers.fold()

    def _prune(self) -> None:
        kept = self._config.sse
        while events.prune(kept.retention_hours, kept.max_events_per_topic, kept.prune_batch) >= kept.prune_batch:
            gevent.sleep(0.05)
        while messages.purge(self._config.messages.restore_days, PURGE_BATCH) >= PURGE_BATCH:
            gevent.sleep(0.05)
        sessions.prune()
        accounts.prune()
        summaries.prune()

    def _end_all(self) -> None:
        for answer in list(self._growing.values()):
            if answer.has_grown() or not answers.release(answer.lease):
                answer.stop("interrupted")
            else:
                answer.stop("lost")
        deadline = time.monotonic() + 3
        while self._growing and time.monotonic() < deadline:
            gevent.sleep(0.02)
        events.publish()


def _every(seconds: float, task: Callable[[], None]) -> None:
    while True:
        gevent.sleep(seconds)
        try:
            task()
        except PalaverError as error:
            log.warning("%s: %s", task.__name__, error)
