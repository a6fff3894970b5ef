"""Who is next, how many at once, and what those who wait are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.models import answers, conversations, db, events, messages
from tests.databases import Database
from tests.procs.conftest import post


@pytest.fixture
def talk(anna: str) -> str:
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def other(bob: str) -> str:
    return conversations.create(bob, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def one_at_once(database: Database) -> None:
    database.query("update palaver.providers set max_concurrent = 1")


def finish(row: dict[str, Any], reason: str = "stop", first_ms: int | None = 5) -> None:
    assert answers.finish(row["lease"], "done", reason, None, None, None, {"first_ms": first_ms})


def asker(row: dict[str, Any], actor: str) -> str:
    return str(messages.get(actor, row["message_id"])["requested_by"])


def test_one_question_is_not_held_up_by_fifty(
    anna: str, bob: str, talk: str, other: str, one_at_once: None, database: Database
) -> None:
    for n in range(50):
        post(anna, talk, f"question {n}")
    [first] = answers.claim(5, 10, 0)
    post(bob, other)
    assert answers.claim(5, 10, 0) == []
    finish(first)
    [second] = answers.claim(5, 10, 0)
    assert second["conversation_id"] == other
    finish(second)
    [third] = answers.claim(5, 10, 0)
    assert third["conversation_id"] == talk


def test_titles_come_after_what_people_wait_for(
    anna: str, bob: str, other: str, one_at_once: None, database: Database
) -> None:
    database.query(
        "insert into palaver.jobs (kind, requested_by, provider_id, model_id, subject)"
        " select 'title', %s, provider_id, id, palaver.new_id() from palaver.models where is_default", anna
    )  # fmt: skip
    for _ in range(3):
        post(bob, other)
    kinds = []
    for _ in range(4):
        [row] = answers.claim(5, 10, 0)
        kinds.append(row["kind"])
        database.query("delete from palaver.jobs where lease = %s", row["lease"])
    assert kinds == ["answer", "answer", "answer", "title"]


@pytest.mark.parametrize("most", [1, 3])
def test_never_more_at_once_than_the_server_may(anna: str, talk: str, database: Database, most: int) -> None:
    database.query("update palaver.providers set max_concurrent = %s", most)
    for n in range(12):
        post(anna, talk, f"question {n}")
    db.configure(database.runtime, 16)
    claimed: list[list[dict[str, Any]]] = []
    start = threading.Barrier(8)

    def claim() -> None:
        start.wait()
        claimed.append(answers.claim(5, 10, 0))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = [row for rows in claimed for row in rows]
    assert len(rows) == len({row["message_id"] for row in rows}) == most
    for row in rows:
        finish(row)
    assert len(answers.claim(9, 10, 0)) == most


def test_the_model_of_this_machine_takes_what_the_configuration_says(anna: str, talk: str, database: Database) -> None:
    for _ in range(9):
        post(anna, talk)
    database.query("update palaver.model_status set state = 'loading', updated_at = now()")
    assert answers.claim(9, 10, 0) == []
    database.query("update palaver.model_status set state = 'ready'")
    assert len(answers.claim(9, 10, 0)) == 2
    assert len(answers.claim(9, 10, 3)) == 1
    database.query("update palaver.model_status set state = 'external'")
    assert len(answers.claim(9, 10, 0)) == 6


def test_who_waits_knows_where_and_is_told_what_changes(
    anna: str, bob: str, talk: str, other: str, one_at_once: None, database: Database
) -> None:
    post(anna, talk)
    [running] = answers.claim(5, 10, 0)
    second = messages.get(anna, running["message_id"])
    assert "queue" not in second and answers.tell_places() is False
    post(anna, talk)
    post(bob, other)
    waiting = dict(
        database.query(
            "select j.message_id::text, q.place from palaver.jobs j join internal.job_queue() q on q.id = j.id"
        )
    )
    [his] = [m for m in waiting if waiting[m] == 1]
    [hers] = [m for m in waiting if waiting[m] == 2]
    assert messages.get(anna, hers)["queue"] == {"place": 2} and messages.get(bob, his)["queue"] == {"place": 1}
    growing = {g["message_id"]: g.get("queue") for g in events.open_stream(anna, talk, None, None, 10)["growing"]}
    assert growing == {running["message_id"]: None, hers: {"place": 2}}


def test_places_are_told_once_and_coalesced(anna: str, talk: str, one_at_once: None, database: Database) -> None:
    post(anna, talk)
    [running] = answers.claim(5, 10, 0)
    for _ in range(2):
        post(anna, talk)
    [(one, first), (two, second)] = database.query(
        "select j.message_id::text, q.place from palaver.jobs j join internal.job_queue() q on q.id = j.id order by 2"
    )
    assert (first, second) == (1, 2)

    publish = db.after_write
    db.after_write = lambda: None
    try:

        def round_() -> list[tuple[str, int]]:
            answers.tell_places()
            rows = database.query(
                "delete from palaver.outbox where kind = 'answer.queued'"
                " returning payload ->> 'message_id', (payload ->> 'place')::int"
            )
            return sorted(rows, key=lambda row: row[1])

        assert round_() == [(one, 1), (two, 2)]
        assert round_() == []
        finish(running)
        [row] = answers.claim(5, 10, 0)
        assert row["message_id"] == one
        assert round_() == []  # a moment ago they were told something else
        database.query("update palaver.jobs set told_at = now() - interval '1 second'")
        assert round_() == [(one, 0), (two, 1)]
        database.query("update palaver.jobs set told_at = now() - interval '1 second'")
        assert round_() == []
        assert answers.tell_places()
        finish(row)
        [row] = answers.claim(5, 10, 0)
        database.query("update palaver.jobs set told_at = now() - interval '1 second'")
        assert round_() == [(two, 0)] and answers.tell_places() is False
    finally:
        db.after_write = publish


@pytest.mark.parametrize(
    "change", ["update palaver.providers set disabled_at = now()", "delete from palaver.providers"]
)
def test_a_server_that_is_gone_holds_nobody_up(
    anna: str, talk: str, one_at_once: None, database: Database, change: str
) -> None:
    for _ in range(3):
        post(anna, talk)
    assert len(answers.claim(5, 10, 0)) == 1
    database.query(change)
    rows = answers.claim(5, 10, 0)
    assert len(rows) == 2
    assert all(row["asked"]["model"] is None or not row["asked"]["model"]["is_enabled"] for row in rows)


def test_how_answers_ended_is_counted_and_added_up(
    anna: str, talk: str, one_at_once: None, database: Database, make_user: Callable[..., str]
) -> None:
    def counted() -> dict[tuple[str, str], float]:
        return {(row["metric"], row["label"]): row["value"] for row in answers.counts()["counts"]}

    assert counted() == {}
    for _ in range(3):
        post(anna, talk)
    [row] = answers.claim(5, 10, 0)
    assert answers.counts()["providers"] == [{"provider": "This machine", "running": 1, "waiting": 2}]
    finish(row, "stop", 5)
    [row] = answers.claim(5, 10, 0)
    messages.cancel(anna, row["message_id"])
    finish(row, "cancelled", None)
    before = counted()
    assert (before["ended", "stop"], before["ended", "cancelled"]) == (1, 1)
    assert sum(n for (metric, label), n in before.items() if metric == "first" and label != "sum") == 1
    assert sum(n for (metric, label), n in before.items() if metric == "cancelled" and label != "sum") == 1
    assert answers.fold() == 2 and counted() == pytest.approx(before)
    [row] = answers.claim(5, 10, 0)
    finish(row, "timeout", 5)
    after = counted()
    assert after["ended", "timeout"] == 1 and all(after[name] >= value for name, value in before.items())
    assert answers.fold() == 1 and answers.fold() == 0 and counted() == pytest.approx(after)


def test_the_queue_is_made_once_however_many_wait(database: Database) -> None:
    """Also by a plan from when nobody waited, which else went through it again for each."""
    plan = database.query("explain select place from palaver.jobs j left join internal.job_queue() q on q.id = j.id")
    said = "\n".join(line for (line,) in plan)
    assert "Function Scan on job_queue" in said and "Nested Loop" not in said, said
