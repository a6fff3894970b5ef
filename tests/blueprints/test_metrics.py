"""What Prometheus reads, and who may."""

from __future__ import annotations

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.blueprints.ops import metrics
from app.core.config import ConfigError
from app.core.settings import Config
from app.models import answers, completions
from tests.blueprints.test_keys import make_key
from tests.conftest import Person, with_options
from tests.databases import Database


def read(person: Person) -> dict[tuple[str, str], float]:
    """Values by name and the label that tells them apart."""
    answer = person.get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain"), answer.text
    return {
        (sample.name, sample.labels.get("finish_reason") or sample.labels.get("le") or ""): sample.value
        for family in text_string_to_metric_families(answer.text) for sample in family.samples
    }  # fmt: skip


def test_answers_are_counted_by_how_they_ended(anna: Person, database: Database) -> None:
    talk = anna.converse()
    for _ in range(3):
        anna.begin(talk)
    now = read(anna)
    assert (now["palaver_answers_waiting", ""], now["palaver_answers_running", ""]) == (3, 0)
    assert now["palaver_streams_connected", ""] == 0
    rows = answers.claim(5, 10)
    for row, reason in zip(rows, ("stop", "stop", "timeout"), strict=True):
        answers.finish(row["lease"], "text", reason, None, None, None, {"first_ms": 120})
    made = completions.ask(anna.id, "local", False, 1, 1, 10, 0, 60)["turn"]
    completions.end(anna.id, made["id"], "cancelled")
    for _ in range(2):  # added up or not
        now = read(anna)
        assert (now["palaver_answers_total", "stop"], now["palaver_answers_total", "timeout"]) == (2, 1)
        assert now["palaver_answer_timeouts_total", ""] in (0, 1)  # of answers, and of requests to /v1
        assert now["palaver_answer_first_piece_seconds_count", ""] == 3
        assert now["palaver_answer_first_piece_seconds_bucket", "+Inf"] == 3
        assert now["palaver_answer_cancel_seconds_count", ""] == 1
        assert now["palaver_answer_seconds_sum", ""] > 0
        answers.fold()
    text = anna.get("/metrics").text
    assert (
        'palaver_answers_total{finish_reason="timeout",kind="answer",model="local",provider="This machine"} 1.0' in text
    )


def test_only_administrators_and_their_keys_may_look(app: Flask, anna: Person, bob: Person, stranger: Person) -> None:
    assert anna.get("/metrics").status_code == 200
    assert bob.get("/metrics").status_code == 403 and stranger.get("/metrics").status_code == 401
    for scope, status in (("admin", 200), ("read", 403)):
        _, token = make_key(anna, scope)
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_an_address_may_that_asks_by_itself(config: Config, anna: Person) -> None:
    client = create_app(with_options(config, "metrics", allow="10.0.0.0/8, 127.0.0.1")).test_client()
    assert client.get("/metrics").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 401
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 401
    with pytest.raises(ConfigError, match=r"metrics\.allow"):
        metrics.networks("prometheus")
