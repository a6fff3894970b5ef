"""Reserving and settling: what a budget has left is given away once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from app.core import errors
from app.core.settings import Llm
from app.models import answers, conversations, db, messages
from app.services import budgets
from tests.databases import Database
from tests.procs.conftest import post, reply
from tests.procs.test_answers import claimed, expire, piece


@pytest.fixture
def talk(anna: str) -> str:
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def model(database: Database) -> str:
    database.query("update palaver.models set input_price = 1, output_price = 10")
    return database.query("select id::text from palaver.models where is_default")[0][0]


def budget(database: Database, amount: float, unit: str = "tokens", period: str = "day", **whom: Any) -> str:
    given = {"user_id": None, "role": None, "model_id": None} | whom
    return database.query(
        "insert into palaver.budgets (user_id, role, model_id, unit, period, amount) values (%s, %s, %s, %s, %s, %s)"
        " returning id::text", *given.values(), unit, period, amount,
    )[0][0]  # fmt: skip


def held(database: Database) -> int:
    return database.query("select count(*) from palaver.reservations")[0][0]


def used(database: Database) -> list[tuple]:
    """answers, tokens in and out, and how they ended."""
    return database.query(
        "select sum(answers), sum(input_tokens), sum(output_tokens), sum(completed), sum(cancelled), sum(timed_out),"
        " sum(interrupted), sum(failed) from (select * from palaver.usage union all select * from palaver.usage_entries) u"
        " having count(*) > 0"
    )


def end(row: dict[str, Any], text: str = "Hello.", reason: str = "stop", usage: Any = None, **more: Any) -> None:
    assert answers.finish(row["lease"], text, reason, None, usage, more.get("error"), more.get("counted"))


def test_without_budgets_nothing_is_reserved_and_usage_is_counted(
    anna: str, talk: str, model: str, database: Database
) -> None:
    post(anna, talk)
    assert held(database) == 0
    end(claimed(), usage={"prompt_tokens": 20, "completion_tokens": 5})
    assert used(database) == [(1, 20, 5, 1, 0, 0, 0, 0)]
    [row] = database.query("select user_name, assistant_name, model_name, kind, money from palaver.usage_entries")
    assert row[:4] == ("anna", "palaver", "local", "answer") and float(row[4]) == pytest.approx(70 / 1e6)
    assert budgets.fold(Llm()) == 1 and budgets.fold(Llm()) == 0
    assert used(database) == [(1, 20, 5, 1, 0, 0, 0, 0)]


def test_what_the_server_does_not_say_is_counted_by_the_writer_or_guessed(
    anna: str, talk: str, database: Database
) -> None:
    root = post(anna, talk, "x" * 300)
    end(claimed(), counted={"input_tokens": 111, "output_tokens": 7})
    assert used(database) == [(1, 111, 7, 1, 0, 0, 0, 0)]
    database.query("delete from palaver.usage_entries")
    reply(anna, root["id"], "again")
    row = claimed()
    answers.append([piece(row, 0, "abc" * 10)])
    expire(database)
    answers.reap()
    [(count, tokens_in, tokens_out, *how)] = used(database)
    assert (count, tokens_out, how) == (1, 10, [0, 0, 0, 1, 0]) and tokens_in > 100


def test_strange_usage_of_a_server_does_no_harm(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    end(claimed(), usage={"prompt_tokens": -5, "completion_tokens": 10**18})
    post(anna, talk)
    end(claimed(), usage={"prompt_tokens": True, "completion_tokens": "many"}, counted={"input_tokens": 3})
    assert used(database) == [(2, 3, 10**9 + 2, 2, 0, 0, 0, 0)]


def test_every_end_is_counted_once(anna: str, talk: str, database: Database) -> None:
    budget(database, 1_000_000)
    for reason, text in (("stop", "a"), ("length", "b"), ("cancelled", "c"), ("timeout", ""), ("error", "")):
        post(anna, talk)
        assert held(database) == 1
        end(claimed(), text, reason, counted={"input_tokens": 10, "output_tokens": len(text)})
        assert held(database) == 0
    assert used(database) == [(3, 40, 3, 2, 1, 1, 0, 1)]  # who was refused by the server has used nothing


def test_who_was_never_asked_has_used_nothing(anna: str, talk: str, database: Database) -> None:
    budget(database, 1_000_000)
    asked = post(anna, talk)
    [(answer,)] = database.query("select id::text from palaver.messages where parent_id = %s", asked["id"])
    messages.cancel(anna, answer)
    assert used(database) == [] and held(database) == 0


def test_a_job_that_is_taken_up_again_counts_once(anna: str, talk: str, database: Database) -> None:
    budget(database, 1_000_000)
    post(anna, talk)
    for _ in range(2):
        claimed()
        expire(database)
        answers.reap()
    assert held(database) == 1 and used(database) == []
    end(claimed(), usage={"prompt_tokens": 9, "completion_tokens": 1})
    assert used(database) == [(1, 9, 1, 1, 0, 0, 0, 0)]


def test_an_answer_that_goes_on_adds_what_is_new(anna: str, talk: str, database: Database) -> None:
    budget(database, 1_000_000)
    post(anna, talk)
    first = claimed()
    answers.append([piece(first, 0, "x" * 300)])
    end(first, "x" * 300, "cancelled", counted={"input_tokens": 10})
    messages.go_on(anna, first["message_id"])
    assert held(database) == 1
    again = claimed()
    answers.append([piece(again, 1, "y" * 30)])
    end(again, "x" * 300 + "y" * 30, counted={"input_tokens": 50})
    assert used(database) == [(1, 60, 110, 1, 1, 0, 0, 0)] and held(database) == 0


def test_what_a_waiting_answer_has_used_is_counted_when_it_is_stopped(anna: str, talk: str, database: Database) -> None:
    """It waits for people to allow a call of a tool; its pieces are numbered on behind the call."""
    budget(database, 1_000_000)
    post(anna, talk)
    row = claimed()
    answers.append([piece(row, 0, "Let me look.")])
    usage = '{"prompt_tokens": 70, "completion_tokens": 9}'
    database.query("update palaver.jobs set lease = null, lease_expires_at = null, attempts = 0, first_idx = 1,"
                   " waits_until = now() + interval '1 hour', usage = %s", usage)  # fmt: skip
    messages.cancel(anna, row["message_id"])
    assert used(database) == [(1, 70, 9, 0, 1, 0, 0, 0)] and held(database) == 0
    assert messages.get(anna, row["message_id"])["usage"] == {"prompt_tokens": 70, "completion_tokens": 9}


def test_the_question_is_posted_and_its_answer_says_that_the_budget_is_used_up(
    anna: str, talk: str, database: Database
) -> None:
    budget(database, 1, "answers", user_id=anna)
    asked = post(anna, talk)
    row = claimed()
    refused = reply(anna, asked["id"], "and this?")
    [(status, reason, error)] = database.query(
        "select status, finish_reason, error from palaver.messages where parent_id = %s", refused["id"]
    )
    assert (status, reason, error["code"]) == ("failed", "error", "PV.BUDGET.EXCEEDED")
    assert error["message"].startswith("Your budget of 1 answer a day is used up: 1 answer. It begins anew on ")
    assert error["message"].endswith("at 00:00 UTC.") and answers.claim(5, 10) == []
    end(row)
    with pytest.raises(errors.RateLimited, match="used up") as caught:
        messages.regenerate(anna, row["message_id"])
    assert caught.value.code == "PV.BUDGET.EXCEEDED" and 0 < int(caught.value.headers["Retry-After"]) <= 86_400
    assert database.query("select count(*) from palaver.messages where role = 'assistant'") == [(2,)]
    database.query("update palaver.budgets set amount = 2")
    assert messages.regenerate(anna, row["message_id"])["status"] == "streaming"


def test_going_on_is_refused_too(anna: str, talk: str, database: Database) -> None:
    post(anna, talk)
    row = claimed()
    answers.append([piece(row, 0, "so far")])
    end(row, "so far", "cancelled")
    held_by = budget(database, 10)
    with pytest.raises(errors.RateLimited, match="everybody together"):
        messages.go_on(anna, row["message_id"])
    assert messages.get(anna, row["message_id"])["status"] == "interrupted"
    database.query("update palaver.budgets set amount = 100000 where id = %s", held_by)
    assert messages.go_on(anna, row["message_id"])["status"] == "streaming"


def test_who_is_concerned(anna: str, bob: str, model: str, database: Database) -> None:
    def tries(person: str, asked: str | None = model) -> bool:
        try:
            held = budgets.reserve(person, asked, 60, 40, "completion")
        except errors.RateLimited:
            return False
        budgets.release(held)
        return True

    assert tries(anna) and tries(bob)
    for whom, wanted in (
        ({"user_id": bob}, (True, False, False)),
        ({"role": "admin"}, (False, True, True)),
        ({"model_id": model}, (False, False, True)),
        ({"role": "member", "model_id": model}, (True, False, True)),
        ({"user_id": anna, "role": "member"}, (True, True, True)),  # all that is given must match
        ({}, (False, False, False)),
    ):
        made = budget(database, 99, **whom)
        assert (tries(anna), tries(bob), tries(bob, None)) == wanted, whom
        database.query("delete from palaver.budgets where id = %s", made)


def test_each_person_by_himself_or_everybody_together(anna: str, bob: str, model: str, database: Database) -> None:
    budget(database, 100, role="admin")
    budget(database, 100, role="member")
    for person in (anna, bob):
        budgets.settle(budgets.reserve(person, model, 50, 50, "completion"), 50, 50, 1.5)
    assert budgets.fold(Llm()) == 2
    together = budget(database, 250, model_id=model)  # counts what was used before it was made
    database.query("delete from palaver.budgets where id <> %s", together)
    with pytest.raises(
        errors.RateLimited, match="everybody together of 250 tokens a day for the model local has 50 tokens"
    ):
        budgets.reserve(anna, model, 51, 0, "completion")
    assert budgets.reserve(anna, model, 50, 0, "completion").id
    assert database.query("select sum(milliseconds) from palaver.usage") == [(3000,)]


def test_money_and_months(anna: str, model: str, database: Database) -> None:
    budget(database, 0.001, "money", "month", user_id=anna)
    budgets.settle(budgets.reserve(anna, model, 0, 90, "completion"), 0, 90, 1)
    database.query("update palaver.usage_entries set day = date_trunc('month', day)")
    assert budgets.reserve(anna, None, 10**6, 10**6, "completion")  # what costs nothing
    with pytest.raises(
        errors.RateLimited, match=r"of 0.001 in money a month has 0.0001 in money left, and this may take"
    ):
        budgets.reserve(anna, model, 101, 0, "completion")
    assert budgets.reserve(anna, model, 100, 0, "completion").id
    database.query("update palaver.usage_entries set day = day - 1")
    assert budgets.reserve(anna, model, 900, 0, "completion").id


def test_a_reservation_is_settled_or_released_once(anna: str, model: str, database: Database) -> None:
    budget(database, 100)
    kept = budgets.reserve(anna, model, 50, 50, "completion")
    with pytest.raises(errors.RateLimited):
        budgets.reserve(anna, model, 1, 0, "completion")
    budgets.release(kept)
    budgets.settle(kept, 1, 1, 1)
    again = budgets.reserve(anna, model, 50, 50, "summary")
    budgets.settle(again, 10, -1, 0.5, "cancelled")
    budgets.settle(again, 10, 10, 0.5)
    assert used(database) == [(0, 10, 0, 0, 1, 0, 0, 0)] and held(database) == 0
    died = budgets.reserve(anna, model, 50, 40, "title")
    database.query("update palaver.reservations set expires_at = now() - interval '1 second'")
    assert budgets.reserve(anna, model, 50, 40, "completion").id
    budgets.fold(Llm())
    assert held(database) == 1
    budgets.settle(died, 5, 5, 0)
    assert used(database) == [(0, 15, 5, 1, 1, 0, 0, 0)]


def test_of_many_at_once_only_so_many_get_the_last(anna: str, model: str, database: Database) -> None:
    budget(database, 3, "answers", user_id=anna)
    budget(database, 1000, "tokens")

    def try_it(_: int) -> bool:
        try:
            return bool(budgets.reserve(anna, model, 1, 1, "completion").id)
        except errors.RateLimited:
            return False

    with ThreadPoolExecutor(8) as several:
        assert sum(several.map(try_it, range(24))) == 3
    assert held(database) == 3


def test_questions_at_once_do_not_both_get_the_last_answer(anna: str, database: Database) -> None:
    budget(database, 2, "answers", user_id=anna)
    talks = [conversations.create(anna, "assistant", str(n), [], None)["id"] for n in range(6)]
    with ThreadPoolExecutor(6) as several:
        list(several.map(lambda talk: post(anna, talk), talks))
    states = database.query(
        "select status, count(*) from palaver.messages where role = 'assistant' group by 1 order by 1"
    )
    assert states == [("failed", 4), ("streaming", 2)]


def test_an_end_waits_for_no_other_end_of_the_same_person(anna: str, database: Database) -> None:
    """One answer's end is not committed yet; the next one ends beside it, and a reservation is made."""
    budget(database, 10**9)
    for number in range(2):
        post(anna, conversations.create(anna, "assistant", str(number), [], None)["id"])
    first, second = answers.claim(5, 10)
    other = psycopg2.connect(database.runtime)
    with other, other.cursor() as cursor:
        cursor.execute("select api.answer_finish(%s, 'a', 'stop', null, null, null, null)", (first["lease"],))
        database.query(f"alter role {psycopg2.extensions.parse_dsn(database.runtime)['user']} set lock_timeout = '2s'")
        db.close()
        end(second, "b")
        assert budgets.reserve(anna, None, 1, 1, "completion").id
        assert budgets.fold(Llm()) == 1
    other.close()
    assert used(database)[0][0] == 2
