from __future__ import annotations

import re

from app.blueprints.pages.charts import bars, duration, money, quantity, shares
from app.models import budgets as stored
from app.services import budgets
from tests.conftest import Person
from tests.databases import Database
from tests.pages.forms import submit

PAGE = "/admin/budgets"


def used(person: Person, tokens: int, model: str | None = None, assistant: str | None = None) -> None:
    budgets.settle(budgets.reserve(person.id, model, tokens, 1, "completion", assistant), tokens, 1, 100)


def model_of(database: Database) -> str:
    return database.query("select id::text from palaver.models where is_default")[0][0]


def test_bars_and_words() -> None:
    days = [
        {"name": "2026-01-01", "input_tokens": 30, "output_tokens": 10, "requests": 1, "money": 0.5},
        {"name": "2026-01-02", "input_tokens": 10, "output_tokens": 10, "requests": 0, "money": 2.0},
    ]
    chart = bars(days, "tokens")
    assert chart["most"] == "40 tokens" and [b["height"] for b in chart["bars"]] == [100, 50]
    assert [(b["x"], b["y"], b["upper"], b["said"]) for b in chart["bars"]] == [
        (0, 0, 25, "2026-01-01: 40 tokens"), (50, 50, 25, "2026-01-02: 20 tokens"),
    ]  # fmt: skip
    assert bars(days, "money")["most"] == "2.00 in money" and bars([], "requests")["is_empty"]
    assert [r["share"] for r in shares(days, "requests")] == [100, 0]
    assert (quantity(1, "answers"), quantity(1234, "tokens"), money(0.012), duration(600)) == (
        "1 answer", "1,234 tokens", "0.0120", "10 min",
    )  # fmt: skip


def test_everybody_sees_his_own_page(anna: Person, bob: Person, assistant: str, database: Database) -> None:
    used(anna, 777_777)
    empty = bob.get("/settings/usage")
    assert empty.status_code == 200 and "No model was asked" in empty.text and "What is left" not in empty.text
    used(bob, 1234, model_of(database), assistant)
    stored.add(anna.id, None, "member", None, "tokens", "month", 10_000)
    page = bob.get("/settings/usage").text
    assert "1,234" in page and "777,7" not in page and "local" in page and 'href="/settings/usage" aria-current' in page
    assert "8,765 tokens left" in page and "10,000 tokens a month" in page
    assert page.count('class="chart__day"') == 30 and 'role="img"' in page and "<table" in page
    assert "palaver" in bob.get("/settings/usage?by=assistant&show=money").text
    assert 'class="chart__day"' in bob.get("/settings/usage?by=nonsense&show=x&from=2026-01-01&to=2026-01-03").text
    for query in ("from=yesterday", "from=2026-02-01&to=2026-01-01", "from=2000-01-01"):
        refused = bob.get(f"/settings/usage?{query}")
        assert refused.status_code == 422 and 'role="alert"' in refused.text, query
    assert "The numbers of each day" in page and not re.search(r"style=|<script>|\son\w+=", page)


def test_administrators_see_everybody(anna: Person, bob: Person, database: Database) -> None:
    used(bob, 1234, model_of(database))
    page = anna.get("/admin/usage").text
    assert ">bob</a>" in page and f"user_id={bob.id}" in page and "1,234" in page
    assert ">local</a>" in anna.get(f"/admin/usage?user_id={bob.id}&by=model").text
    assert "No model was asked" in anna.get(f"/admin/usage?user_id={anna.id}&kind=completion").text
    assert "Programs" in anna.get("/admin/usage?by=assistant&user_id=nonsense&model=").text
    file = anna.get("/admin/usage/export?model=local")
    assert file.status_code == 200 and ",bob,,local,completion,1," in file.text
    assert anna.get("/admin/usage?from=x").status_code == 422 == anna.get("/admin/usage/export?from=x").status_code
    for path in ("/admin/usage", "/admin/usage/export", PAGE):
        assert bob.get(path).status_code == 403, path


def test_budgets_are_made_changed_and_removed(anna: Person, bob: Person, database: Database) -> None:
    page = anna.get(PAGE)
    assert "There are no budgets" in page.text and "local" in page.text
    assert all(f">{label}</label>" in page.text for label in ("For whom", "Amount", "Counted in", "Every"))
    given = {
        "role": "",
        "user": "@Bob",
        "model_id": model_of(database),
        "amount": "5000",
        "unit": "tokens",
        "period": "day",
    }
    assert submit(anna, page, PAGE, **given).status_code == 303
    assert submit(anna, page, PAGE, **given | {"role": "member", "user": "", "model_id": ""}).status_code == 303
    page = anna.get(PAGE)
    [own, each] = stored.everything(anna.id)
    assert own["title"] == "5,000 tokens a day for bob, of the model local" and own["title"] in page.text
    assert each["title"] == "5,000 tokens a day for every member" and "each by himself" in page.text
    for wrong in (
        {"user": "nobody"},
        {"amount": "many"},
        {"amount": "-1"},
        {"amount": "nan"},
        {"unit": "x"},
        {"period": ""},
        {"role": "x"},
    ):
        refused = submit(anna, page, PAGE, **given | wrong)
        assert refused.status_code == 422 and 'role="alert"' in refused.text, wrong
    assert submit(anna, page, PAGE, **given).status_code == 409
    path = f"{PAGE}/{own['id']}"
    assert submit(anna, page, path, amount="12.5").status_code == 303
    assert stored.everything(anna.id)[0]["amount"] == 12.5
    assert submit(anna, page, path, amount="").status_code == 422
    assert submit(anna, page, f"{path}/delete").status_code == 303
    assert [b["id"] for b in stored.everything(anna.id)] == [each["id"]]
    assert bob.http.post(path, data={"csrf_token": bob.http.get_cookie("CSRF-TOKEN").value}).status_code == 403


def test_the_composer_says_when_little_is_left(anna: Person, bob: Person) -> None:
    talk = bob.converse()
    stored.add(anna.id, bob.id, None, None, "tokens", "day", 1000)
    used(bob, 799)
    assert "composer__left" not in bob.get(f"/c/{talk}").text
    used(bob, 9)
    for path in (f"/c/{talk}", "/"):
        page = bob.get(path).text
        assert "190 tokens left this day" in page and 'href="/settings/usage"' in page, path
    used(bob, 189)
    assert "A budget of yours is used up" in bob.get(f"/c/{talk}").text
    assert "composer__left" not in anna.get("/").text
