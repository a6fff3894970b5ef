from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.features import FEATURES
from app.models import features as model
from tests.conftest import Person
from tests.pages.forms import submit


def is_on(person: Person, name: str) -> bool:
    items = person.get("/api/admin/features").json["items"]
    return {item["name"]: item["enabled"] for item in items}[name]


def put(person: Person, name: str, body: Any) -> Any:
    token = person.http.get_cookie("CSRF-TOKEN").value
    return person.http.put(f"/api/admin/features/{name}", json=body, headers={"X-CSRF-TOKEN": token})


def test_an_administrator_switches_what_can_be_switched(app: Flask, anna: Person) -> None:
    assert is_on(anna, "user_search")
    answer = put(anna, "user_search", {"enabled": False})
    assert answer.status_code == 200 and not is_on(anna, "user_search")
    assert not app.extensions["features"].is_on("user_search")
    assert model.switched() == {"user_search": False}
    put(anna, "user_search", {"enabled": True})
    assert is_on(anna, "user_search")


def test_what_cannot_be_switched_says_why(anna: Person) -> None:
    assert put(anna, "user_search", {"enabled": False}).status_code == 200
    assert put(anna, "tea", {"enabled": True}).status_code == 404
    answer = put(anna, "auth_v1", {"enabled": False})
    assert answer.status_code == 409 and "features.auth_v1" in answer.json["detail"]
    assert put(anna, "user_search", {"enabled": "perhaps"}).status_code == 422
    assert put(anna, "user_search", {}).status_code == 422
    assert model.switched() == {"user_search": False}


def test_only_administrators_see_and_switch(anna: Person, bob: Person) -> None:
    assert put(anna, "user_search", {"enabled": True}).status_code == 200
    assert bob.get("/api/admin/features").status_code == 403
    assert put(bob, "user_search", {"enabled": False}).status_code == 403
    assert bob.get("/admin/features").status_code == 403
    assert bob.get("/admin").status_code == 403
    assert is_on(anna, "user_search")


def test_the_page_shows_and_switches(anna: Person, bob: Person) -> None:
    home = anna.get("/")
    assert 'href="/admin"' in home.text and 'href="/admin"' not in bob.get("/").text
    assert anna.get("/admin").status_code == 303
    page = anna.get("/admin/features")
    assert page.status_code == 200 and all(name in page.text for name in FEATURES)
    assert 'href="/admin/features" aria-current="page"' in page.text
    answer = submit(anna, page, "/admin/features", name="user_search", enabled="false")
    assert answer.status_code == 303 and not is_on(anna, "user_search")
    wrong = submit(anna, page, "/admin/features", name="sse_v1", enabled="false")
    assert wrong.status_code == 409 and "restart" in wrong.text


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_every_feature_can_be_configured(name: str) -> None:
    from app.core import config

    given = config.load(env={f"PALAVER__FEATURES__{name.upper()}": "true"})
    assert getattr(given.features, name) is True


def test_people_are_found_by_the_whole_name_alone_while_searching_is_off(
    anna: Person, bob: Person, carol: Person
) -> None:
    def found(person: Person, query: str) -> list[str]:
        return [user["username"] for user in person.get("/api/users", query_string={"query": query}).json["items"]]

    assert found(bob, "ca") == ["carol"] and "@carol" in bob.get("/conversations/new").text
    put(anna, "user_search", {"enabled": False})
    assert found(bob, "ca") == [] and found(bob, "") == ["palaver"] and found(bob, "CAROL") == ["carol"]
    assert found(anna, "ca") == ["carol"]
    page = bob.get("/conversations/new")
    assert "@carol" not in page.text and "@palaver" in page.text
    page = submit(bob, page, "/conversations/new", query="carol", do="search")
    assert "@carol" in page.text
    page = submit(bob, page, "/conversations/new", query="anna", do="search", member_ids=[carol.id])
    assert "@carol" in page.text and "@anna" in page.text


def test_somebody_chosen_who_does_not_exist_is_told(bob: Person) -> None:
    page = bob.get("/conversations/new")
    nobody = "01990000-0000-7000-8000-000000000000"
    assert submit(bob, page, "/conversations/new", do="search", member_ids=[nobody]).status_code in (200, 404)
