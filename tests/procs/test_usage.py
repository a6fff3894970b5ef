"""What is told of usage, and who makes budgets."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.settings import Llm
from app.models import budgets, usage
from app.services import budgets as service
from tests.databases import Database

EVER = {"from": "2000-01-01", "to": "2100-01-01"}


@pytest.fixture
def model(database: Database) -> str:
    database.query("update palaver.models set input_price = 1, output_price = 10")
    return database.query("select id::text from palaver.models where is_default")[0][0]


@pytest.fixture
def robot(database: Database) -> str:
    return database.query("select id::text from palaver.users where kind = 'assistant'")[0][0]


def ask(
    user: str, model: str | None, tokens: tuple[int, int], assistant: str | None = None, reason: str = "stop"
) -> None:
    kind: Any = "summary" if assistant else "completion"
    service.settle(service.reserve(user, model, *tokens, kind, assistant), *tokens, 2, reason)


def told(found: dict[str, Any]) -> list[tuple]:
    return [(i["name"], i["requests"], i["input_tokens"], i["output_tokens"]) for i in found["items"]]


def test_usage_is_told_by_everything(anna: str, bob: str, model: str, robot: str, database: Database) -> None:
    ask(anna, model, (10, 1))
    ask(anna, model, (20, 2), robot, "cancelled")
    assert service.fold(Llm()) == 2
    ask(bob, None, (40, 4))
    database.query("update palaver.usage set day = '2026-01-31'")
    for by, wanted in (
        ("user", [("anna", 2, 30, 3), ("bob", 1, 40, 4)]),
        ("assistant", [("palaver", 1, 20, 2), ("", 2, 50, 5)]),
        ("model", [("local", 2, 30, 3), ("", 1, 40, 4)]),
        ("kind", [("summary", 1, 20, 2), ("completion", 2, 50, 5)]),
    ):
        found = usage.everybody(anna, EVER | {"by": by})
        assert told(found) == wanted == told(usage.as_operator(EVER | {"by": by})), by
        assert (found["total"]["requests"], found["total"]["seconds"], found["total"]["cancelled"]) == (3, 6, 1)
        assert found["total"]["money"] == pytest.approx(60 / 1e6)
    first, today = told(usage.everybody(anna, EVER | {"by": "day"}))
    assert first == ("2026-01-31", 2, 30, 3) and today[1:] == (1, 40, 4)
    assert told(usage.everybody(anna, {"from": "2026-01-01", "to": "2026-01-31", "by": "user"})) == [("anna", 2, 30, 3)]
    assert usage.everybody(anna, {"from": "2020-01-01", "to": "2020-01-02", "by": "day"})["total"]["answers"] == 0


def test_filters(anna: str, bob: str, model: str, robot: str) -> None:
    ask(anna, model, (10, 1))
    ask(bob, model, (20, 2), robot)
    for chosen, wanted in (
        ({}, ["bob", "anna"]), ({"user_id": bob}, ["bob"]), ({"assistant_id": robot}, ["bob"]),
        ({"model": "local"}, ["bob", "anna"]),
        ({"model": "other"}, []), ({"kind": "completion"}, ["anna"]),
    ):  # fmt: skip
        assert [i[0] for i in told(usage.everybody(anna, EVER | {"by": "user"} | chosen))] == wanted, chosen


def test_everybody_sees_his_own_and_administrators_everything(anna: str, bob: str, model: str) -> None:
    ask(anna, model, (10, 1))
    ask(bob, model, (20, 2))
    assert told(usage.own(bob, EVER | {"by": "model", "user_id": anna})) == [("local", 1, 20, 2)]
    assert len(usage.everybody(anna, EVER | {"by": "user"})["items"]) == 2
    assert {r["user_name"] for r in usage.detail(anna, EVER)} == {"anna", "bob"}
    for refused in (lambda: usage.everybody(bob, EVER | {"by": "user"}), lambda: usage.detail(bob, EVER)):
        with pytest.raises(Forbidden):
            refused()


def test_usage_keeps_the_names_of_what_is_deleted_and_follows_renaming(
    anna: str, bob: str, model: str, robot: str, database: Database
) -> None:
    ask(bob, model, (10, 1), robot)
    service.fold(Llm())
    ask(bob, model, (10, 1), robot)
    database.query("update palaver.users set username = 'robert' where id = %s", bob)
    assert told(usage.everybody(anna, EVER | {"by": "user"})) == [("robert", 2, 20, 2)]
    database.query("delete from palaver.models")
    database.query("delete from palaver.users where id in (%s, %s)", bob, robot)
    assert [
        (r["user_name"], r["assistant_name"], r["model_name"], r["requests"]) for r in usage.detail(anna, EVER)
    ] == [("bob", "palaver", "local", 1)] * 2


def test_a_budget_is_made_changed_and_removed(anna: str, bob: str, model: str, database: Database) -> None:
    ask(bob, model, (60, 40))
    made = budgets.add(anna, None, "member", model, "tokens", "day", 400)
    assert (made["title"], made["is_personal"]) == ("400 tokens a day for every member, of the model local", True)
    assert made["used"] is None and made["model"]["name"] == "local"
    [own] = budgets.left(bob)
    assert (own["used"], own["left"], own["amount"]) == (100, 300, 400) and budgets.left(anna) == []
    changed = budgets.change(anna, made["id"], None, "month", 50)
    assert (changed["unit"], changed["period"], changed["amount"]) == ("tokens", "month", 50)
    assert [(b["used"], b["left"]) for b in budgets.left(bob)] == [(100, 0)]
    other = budgets.add(anna, bob, None, None, "money", "month", 0.5)
    assert other["title"] == "0.50 in money a month for bob" and other["used"] == pytest.approx(0.00046)
    together = budgets.add(anna, None, None, None, "answers", "day", 7)
    assert (together["title"], together["used"]) == ("7 answers a day for everybody together", 1)
    assert [b["id"] for b in budgets.everything(anna)] == [made["id"], other["id"], together["id"]]
    for budget in (made, other, together):
        budgets.remove(anna, budget["id"])
    assert budgets.everything(anna) == [] == budgets.list_as_operator()
    said = database.query("select action, target_name, details ->> 'from' from palaver.audit"
                          " where action like 'budget.%%' order by id limit 2")  # fmt: skip
    assert said == [("budget.added", made["title"], None), ("budget.changed", changed["title"], made["title"])]


def test_budgets_that_cannot_be(anna: str, bob: str, robot: str, model: str) -> None:
    made = budgets.add(anna, bob, None, None, "tokens", "day", 1)
    second = budgets.add(anna, bob, None, None, "tokens", "month", 1)
    nobody = str(uuid4())
    for refusal, sentence, act in (
        (Conflict, "already", lambda: budgets.add(anna, bob, None, None, "tokens", "day", 2)),
        (Conflict, "already", lambda: budgets.change(anna, second["id"], None, "day", None)),
        (Invalid, "person", lambda: budgets.add(anna, robot, None, None, "tokens", "day", 2)),
        (Invalid, "person", lambda: budgets.add(anna, nobody, None, None, "tokens", "day", 2)),
        (Invalid, "model", lambda: budgets.add(anna, None, None, nobody, "tokens", "day", 2)),
        (Invalid, "value", lambda: budgets.add(anna, None, None, None, "pears", "day", 2)),
        (Invalid, "value", lambda: budgets.add(anna, None, None, None, "tokens", "day", -1)),
        (NotFound, "no such budget", lambda: budgets.change(anna, nobody, None, None, 1)),
        (NotFound, "no such budget", lambda: budgets.remove(anna, nobody)),
        (Forbidden, "administrator", lambda: budgets.everything(bob)),
        (Forbidden, "administrator", lambda: budgets.add(bob, bob, None, model, "tokens", "day", 2)),
        (Forbidden, "administrator", lambda: budgets.change(bob, made["id"], None, None, 9)),
        (Forbidden, "administrator", lambda: budgets.remove(bob, made["id"])),
    ):
        with pytest.raises(refusal, match=sentence):
            act()
    assert len(budgets.everything(anna)) == 2
    budgets.change(anna, second["id"], None, None, 5)


def test_the_operator_names_people_and_models(anna: str, database: Database) -> None:
    made = budgets.add_as_operator("Anna", None, "LOCAL", "answers", "day", 3)
    assert made["title"] == "3 answers a day for anna, of the model local"
    for given, sentence in ((("nobody", None, None), "no user nobody"), ((None, None, "none"), "no model none")):
        with pytest.raises(NotFound, match=sentence):
            budgets.add_as_operator(*given, "answers", "day", 3)
    budgets.remove_as_operator(made["id"])
    assert budgets.everything(anna) == []


def test_a_budget_goes_with_its_person_and_its_model(anna: str, bob: str, model: str, database: Database) -> None:
    budgets.add(anna, bob, None, None, "tokens", "day", 1)
    budgets.add(anna, None, None, model, "tokens", "day", 1)
    budgets.add(anna, None, "member", None, "tokens", "day", 1)
    database.query("delete from palaver.users where id = %s", bob)
    database.query("delete from palaver.models where id = %s", model)
    assert [b["role"] for b in budgets.everything(anna)] == ["member"]
