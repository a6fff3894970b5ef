"""What the jobs worker does when things come in another order than usual."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from app.core.errors import Unavailable
from app.core.settings import Config
from app.jobs.worker import Worker
from app.models import answers, model_status
from app.services import answers as service
from app.streams.event import Event
from tests.services.test_answers import ASKED

ROW = {
    "kind": "answer", "lease": "l", "message_id": "m", "conversation_id": "c", "root_id": "r", "so_far": None,
    "first_idx": 0, "asked": ASKED,
}  # fmt: skip


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(model_status, "get_status", lambda: {"state": "external", "detail": ""})
    return Worker(Config(), Models())  # type: ignore[arg-type]


class Models:
    def of(self, model: Any) -> None:
        return None


def test_a_cancel_that_is_heard_before_the_job_is_known_counts(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str | None]] = []
    monkeypatch.setattr(service, "write", lambda answer, *_: written.append((answer.lease, answer.stop_reason)))
    monkeypatch.setattr(answers, "claim", lambda *_: [ROW, ROW | {"lease": "other"}])
    worker._hear(Event(None, "", None, "job.cancel", {"lease": "l"}))
    worker._take()
    gevent.sleep(0.01)
    assert written == [("l", "cancelled"), ("other", None)]


def test_after_the_database_was_away_others_show_that_they_live_first(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaped: list[int] = []
    monkeypatch.setattr(service, "reap", lambda: reaped.append(1))
    worker._beat()
    assert len(reaped) == 1

    def away(*_: Any) -> Any:
        raise Unavailable("away")

    worker._growing["l"] = service.Growing.of(ROW)
    monkeypatch.setattr(answers, "heartbeat", away)
    with pytest.raises(Unavailable):
        worker._beat()
    monkeypatch.setattr(answers, "heartbeat", lambda *_: {"cancelled": ["l"], "lost": []})
    worker._beat()
    assert len(reaped) == 1 and worker._growing["l"].stop_reason == "cancelled"
    worker._beat()
    assert len(reaped) == 2
