"""Who waits for a budget holds nobody else up, and no two wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from app.models import answers, budgets, completions, conversations, messages, model_catalogue, providers
from tests.databases import Database
from tests.procs.conftest import post
from tests.servers import wait_for

HELD = "select count(*) from pg_locks where locktype = 'advisory' and granted and pid = any (%s)"
WAITS = "select distinct pid from pg_locks where locktype = 'advisory' and not granted and database = (" \
        "select oid from pg_database where datname = current_database())"  # fmt: skip


@pytest.fixture
def models(anna: str) -> list[str]:
    """Two models, each with a budget for everybody together; the one whose budget is locked first comes first."""
    server = providers.create(
        anna, providers.new_id(), {"name": "A", "kind": "vllm", "base_url": "http://127.0.0.1:9/v1"}, None
    )["id"]
    return [model_catalogue.create(anna, server, {"name": name})["id"] for name in ("one", "two")]


@pytest.fixture
def limited(anna: str, models: list[str], database: Database) -> list[str]:
    places = {
        database.query("select hashtextextended(%s, 5)", budgets.add(anna, None, None, m, "answers", "day", 9)["id"])[
            0
        ]: m
        for m in models
    }
    return [places[place] for place in sorted(places)]


@pytest.fixture
def beside(database: Database) -> Iterator[Callable[[str, Callable[[], Any]], list[int]]]:
    """Begin something while the budget of a model is in use, and answer who waits for it then."""
    with psycopg2.connect(database.owner) as other, other.cursor() as cursor, ThreadPoolExecutor(1) as thread:
        started = []

        def begin(model: str, act: Callable[[], Any]) -> list[int]:
            cursor.execute("select internal.budgets_lock(null, array[%s]::uuid[])", (model,))
            started.append(thread.submit(act))
            wait_for(lambda: database.query(WAITS), what="somebody who waits for the budget")
            return [pid for (pid,) in database.query(WAITS)]

        yield begin
        other.rollback()
        for one in started:
            assert one.result(10)


def test_budgets_of_several_models_are_locked_in_one_order(
    anna: str, limited: list[str], database: Database, beside: Callable[..., list[int]]
) -> None:
    talk = conversations.create(anna, "assistant", None, [], None)["id"]
    first, last = limited
    waiting = beside(last, lambda: messages.post(anna, talk, None, "compare", None, [], models=[last, first]))
    assert database.query(HELD, waiting) == [(1,)]


def test_a_request_that_waits_for_its_budget_keeps_no_answer_waiting(
    anna: str, limited: list[str], beside: Callable[..., list[int]]
) -> None:
    post(anna, conversations.create(anna, "assistant", None, [], None)["id"])
    beside(limited[1], lambda: completions.ask(anna, "two", False, 1, 1, 10, 0, 60)
           and completions.ask(anna, "one", False, 1, 1, 10, 0, 60))  # fmt: skip
    assert len(answers.claim(10, 10)) == 1
