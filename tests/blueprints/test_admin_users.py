from __future__ import annotations

from typing import Any

import pytest

from app.schemas.admin_users import SomebodysSession
from app.schemas.users import User
from tests.conftest import PASSWORD, Person


def csrf(person: Person) -> dict[str, str]:
    return {"X-CSRF-TOKEN": person.http.get_cookie("CSRF-TOKEN").value}


def govern(person: Person, user: str, **given: Any) -> Any:
    return person.http.patch(f"/api/admin/users/{user}", json=given, headers=csrf(person))


def test_people_are_found_in_pages(anna: Person, bob: Person, carol: Person) -> None:
    first = anna.get("/api/admin/users?limit=2").json
    rest = anna.get(f"/api/admin/users?limit=2&after={first['next']}").json
    assert [u["username"] for u in first["items"] + rest["items"]] == ["anna", "bob", "carol"]
    assert rest["next"] is None and User().validate(first["items"][0]) == {}
    assert [u["username"] for u in anna.get("/api/admin/users?query=CAR").json["items"]] == ["carol"]
    assert anna.get(f"/api/admin/users/{bob.id}").json["email"] == "bob@example.org"


def test_an_account_is_made_and_can_sign_in(anna: Person, stranger: Person) -> None:
    given = {"username": "dora", "password": PASSWORD, "role": "read_only", "display_name": "Dora D."}
    made = anna.post("/api/admin/users", given)
    assert made.status_code == 201 and (made.json["role"], made.json["email"]) == ("read_only", None)
    assert stranger.sign_in("dora").get("/api/auth/me").json["user"]["display_name"] == "Dora D."
    assert anna.post("/api/admin/users", given).status_code == 409
    assert anna.post("/api/admin/users", given | {"username": "eve", "role": "owner"}).status_code == 422


@pytest.mark.parametrize("name", ["An\u202ena", "\u200b", "  ", "a\nb\x1b"])
def test_a_display_name_that_misleads_is_refused(anna: Person, name: str) -> None:
    given = {"username": "dora", "password": PASSWORD, "display_name": " Dora   D. "}
    refused = anna.post("/api/admin/users", given | {"display_name": name})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["display_name"])
    assert anna.post("/api/admin/users", given).json["display_name"] == "Dora D."


def test_a_role_takes_effect_with_another_token(anna: Person, bob: Person) -> None:
    before = bob.http.get_cookie("SESSION_ID").value
    assert bob.get("/api/admin/users").status_code == 403
    assert govern(anna, bob.id, role="admin").json["role"] == "admin"
    assert bob.get("/api/admin/users").status_code == 200
    assert bob.http.get_cookie("SESSION_ID").value != before
    assert govern(bob, anna.id, role="member").status_code == 200
    assert anna.get("/api/admin/users").status_code == 403


def test_a_disabled_account_is_out_at_once(anna: Person, bob: Person, stranger: Person) -> None:
    assert govern(anna, bob.id, disabled=True).json["disabled_at"]
    assert bob.get("/api/auth/me").status_code == 401
    assert stranger.post("/api/auth/login", {"email": "bob", "password": PASSWORD}).status_code == 403
    assert govern(anna, bob.id, disabled=False).json["disabled_at"] is None
    assert stranger.sign_in("bob")


def test_the_last_administrator_stays(anna: Person, bob: Person, assistant: str) -> None:
    for given in ({"role": "member"}, {"disabled": True}):
        refused = govern(anna, anna.id, **given)
        assert refused.status_code == 409 and "last administrator" in refused.json["detail"]
    assert govern(anna, assistant, disabled=True).status_code == 404
    assert govern(anna, bob.id, role="emperor").status_code == 422
    assert anna.get("/api/auth/me").json["user"]["role"] == "admin"


def test_sessions_are_seen_and_ended(anna: Person, bob: Person, carol: Person) -> None:
    everybody = anna.get("/api/admin/sessions?limit=2").json
    rest = anna.get(f"/api/admin/sessions?after={everybody['next']}").json
    assert [s["username"] for s in everybody["items"] + rest["items"]] == ["carol", "bob", "anna"]
    assert SomebodysSession().validate(everybody["items"][0]) == {}
    [bobs] = anna.get(f"/api/admin/sessions?user_id={bob.id}").json["items"]
    gone = anna.http.delete(f"/api/admin/sessions/{bobs['id']}", headers=csrf(anna))
    assert gone.status_code == 204 and bob.get("/api/auth/me").status_code == 401
    assert anna.http.delete(f"/api/admin/sessions/{bobs['id']}", headers=csrf(anna)).status_code == 404
    assert anna.http.delete("/api/admin/sessions", headers=csrf(anna)).status_code == 422
    assert carol.http.delete(f"/api/admin/sessions?user_id={anna.id}", headers=csrf(carol)).status_code == 403
    assert anna.http.delete(f"/api/admin/sessions?user_id={carol.id}", headers=csrf(anna)).json == {"ended": 1}
    assert carol.get("/api/auth/me").status_code == 401 and anna.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("path", ["/api/admin/users", "/api/admin/sessions", "/api/admin/invites"])
def test_members_are_turned_away(bob: Person, anna: Person, path: str) -> None:
    assert anna.get(path).status_code == 200
    assert bob.get(path).status_code == 403
