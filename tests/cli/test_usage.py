from __future__ import annotations

import json

from app.services import budgets
from tests.cli.conftest import Command
from tests.conftest import Person


def used(person: Person, tokens: int) -> None:
    budgets.settle(budgets.reserve(person.id, None, tokens, 1, "completion"), tokens, 1, 1)


def test_usage_is_told_as_a_table_as_json_and_as_csv(flask: Command, anna: Person, bob: Person) -> None:
    used(anna, 1200)
    used(bob, 10)
    table = flask("usage").output.splitlines()
    assert table[0].split()[:3] == ["USER", "REQUESTS", "ANSWERS"]
    assert [line.split()[0] for line in table[1:]] == ["anna", "bob", "all"] and "1,210" in table[3]
    assert "(programs)" in flask("usage", "--by", "assistant").output
    found = json.loads(flask("usage", "--by", "day", "--json").output)
    assert found["by"] == "day" and [i["input_tokens"] for i in found["items"]] == [1210]
    lines = flask("usage", "--by", "user", "--csv").output.splitlines()
    assert lines[0].startswith("name,requests,") and lines[1].startswith("anna,1,1,1200,1,")
    assert flask("usage", "--from", "2020-01-01", "--to", "2020-01-31").output.splitlines()[1].split()[:2] == [
        "all",
        "0",
    ]


def test_budgets_are_listed_added_and_removed(flask: Command, anna: Person) -> None:
    assert flask("budgets", "add", "5000", "tokens", "--user", "anna").output.startswith(
        "5,000 tokens a day for anna ("
    )
    assert "every member" in flask("budgets", "add", "2.5", "money", "--period", "month", "--role", "member").output
    used(anna, 99)
    listed = flask("budgets", "list").output
    assert "5,000 tokens a day for anna" in listed and " 100 " in listed and " each " in listed
    for budget in json.loads(flask("budgets", "list", "--json").output):
        assert flask("budgets", "remove", budget["id"]).output == "Removed.\n"
    assert json.loads(flask("budgets", "list", "--json").output) == []


def test_mistakes_are_told_in_one_line(flask: Command, anna: Person) -> None:
    assert flask("budgets", "add", "5", "answers").exit_code == 0
    for arguments, said in (
        (("budgets", "add", "5", "answers"), "already"),
        (("budgets", "add", "5", "answers", "--user", "nobody"), "no user nobody"),
        (("budgets", "remove", "0192aaaa-0000-7000-8000-000000000000"), "no such budget"),
        (("usage", "--from", "2026-02-01", "--to", "2026-01-01"), "before the first"),
        (("usage", "--from", "2020-01-01", "--to", "2026-01-01"), "366 days"),
    ):
        refused = flask(*arguments)
        assert refused.exit_code == 1 and said in refused.stderr and refused.stderr.count("\n") == 1, arguments
    assert flask("budgets", "add", "-5", "answers").exit_code == 2
