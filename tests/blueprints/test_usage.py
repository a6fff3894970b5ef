from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from app.core.settings import Llm
from app.services import budgets
from tests.conftest import Person


def used(person: Person, tokens: int = 10, model: str | None = None) -> None:
    budgets.settle(budgets.reserve(person.id, model, tokens, 1, "completion"), tokens, 1, 0.5)


def test_everybody_reads_his_own_usage_and_what_is_left(anna: Person, bob: Person) -> None:
    used(anna, 500)
    used(bob, 30)
    made = anna.post("/api/admin/budgets", {"role": "member", "unit": "tokens", "period": "day", "amount": 100})
    assert made.status_code == 201, made.text
    told = bob.get("/api/usage").json
    today = datetime.now(UTC).date().isoformat()
    assert (told["to"], told["by"], told["total"]["input_tokens"]) == (today, "day", 30)
    assert [(i["name"], i["seconds"]) for i in told["items"]] == [(today, 0.5)]
    [left] = told["budgets"]
    assert (left["used"], left["left"], left["title"]) == (31, 69, "100 tokens a day for every member")
    assert bob.get("/api/usage?by=model&from=2026-01-01&to=2026-01-31").json["items"] == []
    for query in (
        "by=user",
        "from=2026-02-01&to=2026-01-01",
        "from=2020-01-01",
        "from=yesterday",
        "to=0001-01-01&from=0001-01-02",
    ):
        assert bob.get(f"/api/usage?{query}").status_code == 422, query
    assert bob.get("/api/usage?to=0001-01-01").status_code == 200


def test_administrators_read_everything_and_take_it_along(anna: Person, bob: Person) -> None:
    used(bob, 30)
    budgets.fold(Llm())
    used(anna, 500)
    told = anna.get("/api/admin/usage").json
    assert [(i["name"], i["id"], i["requests"]) for i in told["items"]] == [("anna", anna.id, 1), ("bob", bob.id, 1)]
    assert [i["name"] for i in anna.get(f"/api/admin/usage?user_id={bob.id}").json["items"]] == ["bob"]
    file = anna.get(f"/api/admin/usage/export?from={told['from']}")
    assert file.content_type == "text/csv; charset=utf-8" and "usage.csv" in file.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [(r["user_name"], r["kind"], r["input_tokens"], r["completed"]) for r in rows] == [
        ("anna", "completion", "500", "1"), ("bob", "completion", "30", "1"),
    ]  # fmt: skip
    assert anna.get("/api/admin/usage/export?from=2026-02-01&to=2026-01-01").status_code == 422
    assert anna.get(f"/api/admin/usage/export?user_id={bob.id}&to=2026-01-31").text.count("\n") == 1


def test_a_name_in_a_table_is_no_formula(anna: Person, database: Any) -> None:
    [(model,)] = database.query("update palaver.models set name = '=1+1' returning id::text")
    used(anna, 1, model)
    assert ",'=1+1," in anna.get("/api/admin/usage/export").text


def test_budgets_through_the_doors(anna: Person) -> None:
    new = {"user_id": anna.id, "unit": "tokens", "period": "day", "amount": 5}
    made = anna.post("/api/admin/budgets", new).json
    path = f"/api/admin/budgets/{made['id']}"
    token = anna.http.get_cookie("CSRF-TOKEN").value
    change = lambda body: anna.http.patch(path, json=body, headers={"X-CSRF-TOKEN": token})  # noqa: E731
    assert change({"amount": 10.5, "period": "month"}).json["title"] == "11 tokens a month for anna"
    assert change({}).json["amount"] == 10.5
    assert anna.get("/api/admin/budgets").json["items"][0]["id"] == made["id"]
    assert anna.post("/api/admin/budgets", new | {"period": "month"}).status_code == 409
    for wrong in (
        {"amount": -1},
        {"amount": "nan"},
        {"amount": 1e16},
        {"unit": "pears"},
        {"period": "year"},
        {"role": "boss"},
    ):
        assert anna.post("/api/admin/budgets", new | wrong).status_code == 422, wrong
    assert anna.http.delete(path, headers={"X-CSRF-TOKEN": token}).status_code == 204
    assert anna.get("/api/admin/budgets").json["items"] == []


def test_who_asks_again_is_refused_with_a_sentence(anna: Person, database: Any) -> None:
    asked = anna.begin(anna.converse())
    [answer] = [m for m in anna.tree(asked["root_id"])["items"] if m["role"] == "assistant"]
    anna.post(f"/api/messages/{answer['id']}/cancel")
    database.query("update palaver.messages set content = 'so far' where id = %s", answer["id"])
    anna.post("/api/admin/budgets", {"unit": "tokens", "period": "day", "amount": 0})
    for again in ("regenerate", "continue"):
        refused = anna.post(f"/api/messages/{answer['id']}/{again}")
        assert (refused.status_code, refused.json["code"]) == (429, "PV.BUDGET.EXCEEDED"), again
        assert "budget" in refused.json["detail"] and int(refused.headers["Retry-After"]) > 0
    posted = anna.reply(asked["root_id"], "another")
    told = anna.tree(asked["root_id"])["items"]
    [failed] = [m for m in told if m["parent_id"] == posted["id"]]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "PV.BUDGET.EXCEEDED")
