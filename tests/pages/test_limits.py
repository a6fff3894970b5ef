from __future__ import annotations

import re
from typing import Any

from app.models import limits
from tests.conftest import Person
from tests.pages.forms import Form, _Forms, submit

PAGE = "/admin/limits"


def profile(name: str) -> dict[str, Any]:
    return next(p for p in limits.rules()["profiles"] if p["name"] == name)


def assigned(path: str) -> list[dict[str, Any]]:
    return [a for a in limits.rules()["assignments"] if a["path_pattern"] == path]


def forms(page: Any, action: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page.text)
    return [form for form in parser.forms if form.action == action]


def test_the_page_shows_what_is_in_force(anna: Person, bob: Person) -> None:
    page = anna.get(PAGE)
    assert page.status_code == 200 and 'href="/admin/limits" aria-current="page"' in page.text
    for name in ("conversation.post", "sign_in.ip", "/api/auth/login"):
        assert name in page.text
    assert "Nothing is limited" in page.text  # the configuration of tests
    assert bob.get(PAGE).status_code == 403
    assert not re.search(r"style=|<script>|\son\w+=", page.text)


def test_numbers_are_changed(anna: Person, bob: Person) -> None:
    page = anna.get(PAGE)
    path = f"{PAGE}/profiles/{profile('conversation.post')['id']}"
    assert submit(anna, page, path, requests_per_second="0.5", burst="3").status_code == 303
    changed = profile("conversation.post")
    assert changed["params"] == {"requests_per_second": 0.5, "burst": 3} and changed["description"]
    for wrong in ("", "many", "nan", "inf", "0", "-1", "1e400"):
        refused = submit(anna, page, path, requests_per_second=wrong, burst="3")
        assert refused.status_code == 422 and 'role="alert"' in refused.text, wrong
    assert bob.http.post(path, data={"csrf_token": bob.http.get_cookie("CSRF-TOKEN").value}).status_code == 403
    assert profile("conversation.post")["params"] == changed["params"]


def test_profiles_are_made_assigned_and_deleted(anna: Person) -> None:
    page = anna.get(PAGE)
    window = next(f for f in forms(page, f"{PAGE}/profiles") if f.fields["algorithm"] == "moving_window")
    made = anna.http.post(window.action, data=window.fields | {"name": "uploads"})
    assert made.status_code == 303 and profile("uploads")["params"] == {"limit": 100, "window_seconds": 60}
    assert anna.http.post(window.action, data=window.fields | {"name": "uploads"}).status_code == 409
    given = {"path": "/api/files/*", "method": "POST", "scope": "user", "profile_id": profile("uploads")["id"]}
    assert submit(anna, page, f"{PAGE}/assignments", **given).status_code == 303
    [one] = assigned("/api/files/*")
    assert (one["profile_name"], one["method"], one["scope"]) == ("uploads", "POST", "user")
    for wrong in ({"path": "files"}, {"scope": "x"}, {"method": "LOOK"}, {"profile_id": "x"}):
        refused = submit(anna, page, f"{PAGE}/assignments", **given | wrong)
        assert refused.status_code == 422 and 'role="alert"' in refused.text
    page = anna.get(PAGE)
    delete = f"{PAGE}/profiles/{profile('uploads')['id']}/delete"
    assert delete not in page.text  # while it is assigned
    assert submit(anna, page, f"{PAGE}/assignments/{one['id']}/delete").status_code == 303
    assert assigned("/api/files/*") == []
    assert submit(anna, anna.get(PAGE), delete).status_code == 303
    assert anna.http.post(delete, data={"csrf_token": window.fields["csrf_token"]}).status_code == 404
