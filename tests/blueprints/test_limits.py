"""Limits at the doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.adapters.mail.memory import Memory
from app.core.settings import Config
from app.models import limits
from app.services import auth, sign_in_pace
from app.services.mailing import Mailing
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database
from tests.pages.forms import submit

Assign = Callable[..., dict[str, Any]]


@pytest.fixture
def app(config: Config) -> Flask:
    """With limits, unlike the application of all other tests."""
    auth._set_up = False
    made = create_app(with_options(config, "rate_limits", enabled=True))
    made.testing = True
    return made


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_pace, "SLOW_SECONDS", 0.0)


@pytest.fixture
def assign(app: Flask) -> Assign:
    """Limit a path: so many a minute."""

    def make(path: str, limit: int, scope: str = "ip", method: str = "*") -> dict[str, Any]:
        name = f"{path} {scope}"
        limits.set_as_operator(name, "moving_window", {"limit": limit, "window_seconds": 60}, None)
        made = limits.assign_as_operator(name, method, path, scope)
        app.extensions["limits"].reload()
        return made

    return make


def put(person: Person, path: str, body: Any, method: str = "PUT") -> Any:
    token = person.http.get_cookie("CSRF-TOKEN").value
    return person.http.open(path, method=method, json=body, headers={"X-CSRF-TOKEN": token})


def from_address(address: str) -> dict[str, Any]:
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_headers_on_both_outcomes(stranger: Person, assign: Assign) -> None:
    assign("/api/setup", 2)
    answers = [stranger.get("/api/setup") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 429, 429]
    assert [a.headers["RateLimit-Remaining"] for a in answers] == ["1", "0", "0", "0"]
    for answer in answers:
        assert answer.headers["RateLimit-Limit"] == "2" and answer.headers["X-RateLimit-Profile"] == "/api/setup ip"
        assert 55 <= int(answer.headers["RateLimit-Reset"]) <= 62
    assert "Retry-After" not in answers[0].headers and 55 <= int(answers[2].headers["Retry-After"]) <= 62
    problem = answers[2].json
    assert answers[2].content_type == "application/problem+json"
    assert (problem["status"], problem["code"]) == (429, "PV.RATE_LIMITED") and "try again in" in problem["detail"]


def test_people_get_a_page(stranger: Person, assign: Assign) -> None:
    assign("/sign-in", 1)
    assert stranger.get("/sign-in").status_code == 303
    refused = stranger.get("/sign-in")
    assert refused.status_code == 429 and "text/html" in refused.content_type and "Too many requests" in refused.text
    assert refused.headers["Retry-After"] and refused.headers["Content-Security-Policy"]


def test_what_was_typed_is_kept(anna: Person, assign: Assign) -> None:
    talk = anna.converse()
    assign("/c/*", 0 + 1, "user", "POST")
    page = anna.get(f"/c/{talk}")
    assert submit(anna, page, f"/c/{talk}", content="first").status_code == 303
    refused = submit(anna, page, f"/c/{talk}", content="second thought")
    assert refused.status_code == 429 and "second thought" in refused.text and refused.headers["Retry-After"]


def test_monitors_and_static_files_are_exempt(stranger: Person, assign: Assign) -> None:
    assign("*", 1)
    assert [stranger.get("/api/setup").status_code for _ in range(2)] == [200, 429]
    for path in ("/healthz", "/readyz", "/static/css/base.css"):
        answers = [stranger.get(path) for _ in range(3)]
        assert {a.status_code for a in answers} <= {200, 503} and "RateLimit-Limit" not in answers[0].headers


def test_what_is_refused_or_not_there_is_counted_too(stranger: Person, assign: Assign) -> None:
    assign("/api/*", 4)
    answers = [stranger.get("/api/auth/me"), stranger.get("/api/nothing"), stranger.post("/api/auth/logout")]
    assert [a.status_code for a in answers] == [401, 404, 401]
    assert [a.headers["RateLimit-Remaining"] for a in answers] == ["3", "2", "1"]
    assert [stranger.get("/api/v1/nothing").status_code for _ in range(2)] == [404, 429]


def test_every_address_counts_for_itself(stranger: Person, assign: Assign) -> None:
    assign("/api/setup", 1)
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:1:2::1", "2001:db8:1:3::1"):
        assert stranger.get("/api/setup", **from_address(address)).status_code == 200
        assert stranger.get("/api/setup", **from_address(address)).status_code == 429
    # A network of IPv6 belongs to one; an IPv4 address may be written as IPv6.
    for address in ("2001:db8:1:2:ffff::9", "::ffff:192.0.2.1"):
        assert stranger.get("/api/setup", **from_address(address)).status_code == 429


def test_a_header_does_not_make_another_address(stranger: Person, assign: Assign) -> None:
    assign("/api/setup", 1)
    said = [stranger.get("/api/setup", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert said == [200, 429, 429]


def test_users_and_sessions_count_for_themselves(app: Flask, anna: Person, bob: Person, assign: Assign) -> None:
    second = Person(app).sign_in("bob")
    assign("/api/auth/me", 3, "user")
    assign("/api/auth/me", 2, "session")
    me = "/api/auth/me"
    assert [bob.get(me).status_code for _ in range(3)] == [200, 200, 429]
    assert second.get(me).headers["X-RateLimit-Profile"] == "/api/auth/me user"
    refused = second.get(me)
    assert refused.status_code == 429 and refused.headers["X-RateLimit-Profile"] == "/api/auth/me user"
    assert anna.get(me).status_code == 200
    assert Person(app).get(me).status_code == 401 and "user" not in Person(app).get(me).headers["X-RateLimit-Profile"]


def test_keys_count_for_themselves(app: Flask, anna: Person, assign: Assign) -> None:
    made = [anna.post("/api/auth/keys", {"name": n, "scopes": ["read"]}).json for n in ("one", "two")]
    tokens = [next(v for v in m.values() if isinstance(v, str) and len(v) > 40) for m in made]
    assign("/api/users", 2, "key")

    def ask(token: str) -> int:
        return app.test_client().get("/api/users", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [ask(tokens[0]) for _ in range(3)] == [200, 200, 429]
    assert ask(tokens[1]) == 200
    assert [anna.get("/api/users").status_code for _ in range(3)] == [200] * 3


def test_the_api_changes_what_is_enforced(anna: Person, stranger: Person) -> None:
    body = {"name": "few", "algorithm": "moving_window", "params": {"limit": 1, "window_seconds": 60}}
    made = anna.post("/api/admin/limits/profiles", body)
    assert made.status_code == 201 and made.json["params"] == body["params"]
    new = {"profile_id": made.json["id"], "method": "GET", "path": "/api/setup", "scope": "ip"}
    assigned = anna.post("/api/admin/limits/assignments", new)
    assert assigned.status_code == 201 and assigned.json["path_pattern"] == "/api/setup"
    assert [stranger.get("/api/setup").status_code for _ in range(2)] == [200, 429]
    path = f"/api/admin/limits/profiles/{made.json['id']}"
    assert put(anna, path, {"params": {"limit": 3, "window_seconds": 60}}).json["params"]["limit"] == 3
    assert [stranger.get("/api/setup").status_code for _ in range(3)] == [200, 200, 429]
    assert put(anna, path, None, "DELETE").status_code == 409
    assert put(anna, f"/api/admin/limits/assignments/{assigned.json['id']}", None, "DELETE").status_code == 204
    assert stranger.get("/api/setup").headers["X-RateLimit-Profile"] == "everything.ip"
    assert put(anna, path, None, "DELETE").status_code == 204 and put(anna, path, None, "DELETE").status_code == 404
    names = [p["name"] for p in anna.get("/api/admin/limits/profiles").json["items"]]
    assert "conversation.post" in names and "few" not in names
    assert {"method", "path_pattern", "scope"} <= anna.get("/api/admin/limits/assignments").json["items"][0].keys()


def test_the_api_refuses_what_cannot_be(anna: Person, bob: Person) -> None:
    profiles, assignments = "/api/admin/limits/profiles", "/api/admin/limits/assignments"
    good = {"name": "few", "params": {"requests_per_second": 1, "burst": 1}}
    made = anna.post(profiles, good)
    assert made.status_code == 201 and made.json["algorithm"] == "gcra"
    assert anna.post(profiles, good).status_code == 409
    odd = ({}, {"name": ""}, {"algorithm": "magic"}, {"params": {}}, {"params": 3}, {"params": {"burst": [1]}})
    for wrong in odd:
        assert anna.post(profiles, good | {"name": "x"} | wrong if wrong else wrong).status_code == 422, wrong
    new = {"profile_id": made.json["id"], "method": "GET", "path": "/x", "scope": "ip"}
    for wrong in ({"method": "LOOK"}, {"path": "x"}, {"path": "/a b"}, {"scope": "planet"}, {"profile_id": "x"}):
        assert anna.post(assignments, new | wrong).status_code == 422, wrong
    assert anna.post(assignments, new).status_code == 201
    assert [bob.get(p).status_code for p in (profiles, assignments)] == [403, 403]
    assert bob.post(assignments, new).status_code == 403


def sign_in(person: Person, password: str, address: str, name: str = "bob") -> int:
    return person.post("/api/auth/login", {"email": name, "password": password}, **from_address(address)).status_code


def test_nobody_locks_another_out(app: Flask, bob: Person) -> None:
    guesser = Person(app)
    assert [sign_in(guesser, "wrong", "192.0.2.9") for _ in range(8)] == [401] * 5 + [429] * 3
    # The guesser is stopped even with the right password, however he writes the name.
    assert sign_in(guesser, PASSWORD, "192.0.2.9") == 429
    assert sign_in(guesser, PASSWORD, "192.0.2.9", " BOB ") == 429
    # Bob himself is elsewhere and is not; and the guesser's own account is not either.
    assert sign_in(Person(app), PASSWORD, "192.0.2.1") == 200
    assert sign_in(Person(app), PASSWORD, "192.0.2.9", "anna") == 200
    # Other addresses of the same IPv6 network are the same guesser.
    assert [sign_in(guesser, "wrong", f"2001:db8::{n}") for n in range(1, 8)] == [401] * 5 + [429] * 2
    # From everywhere at once: it becomes slow, and stays possible.
    assert {sign_in(guesser, "wrong", f"198.51.100.{n}") for n in range(40)} == {401}
    assert sign_in(Person(app), PASSWORD, "192.0.2.1") == 200


def test_nobody_learns_which_address_belongs_to_a_name(app: Flask, bob: Person) -> None:
    assert [sign_in(Person(app), "wrong", "192.0.2.9") for _ in range(6)] == [401] * 5 + [429]
    for address in ("bob@example.org", "nobody@example.org"):
        assert [sign_in(Person(app), "wrong", "192.0.2.9", address) for _ in range(6)] == [401] * 5 + [429]


def test_an_account_under_attack_is_slow_for_everybody(
    app: Flask, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(sign_in_pace, "SLOW_SECONDS", 2.0)
    monkeypatch.setattr(sign_in_pace.time, "sleep", waited.append)
    for n in range(25):
        sign_in(Person(app), "wrong", f"198.51.100.{n}", "anna")
    assert waited == [2.0] * (25 - 20)
    # Who does not exist is treated the same.
    for n in range(25):
        sign_in(Person(app), "wrong", f"203.0.113.{n}", "Nobody ")
    assert waited == [2.0] * 10


def test_the_right_password_begins_anew(app: Flask, bob: Person) -> None:
    for _ in range(3):
        assert [sign_in(Person(app), "wrong", "192.0.2.7") for _ in range(4)] == [401] * 4
        assert sign_in(Person(app), PASSWORD, "192.0.2.7") == 200


def test_one_address_cannot_try_many_accounts(app: Flask, anna: Person) -> None:
    said = [sign_in(Person(app), "wrong", "192.0.2.50", f"user{n}") for n in range(35)]
    assert said == [401] * 30 + [429] * 5
    assert sign_in(Person(app), PASSWORD, "192.0.2.51", "anna") == 200


def test_the_page_of_signing_in_says_when(app: Flask, bob: Person) -> None:
    person = Person(app)
    page = person.get("/sign-in")
    answers = [submit(person, page, "/sign-in", login="bob", password="wrong") for _ in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert "Too many attempts" in answers[-1].text and int(answers[-1].headers["Retry-After"]) > 200


def test_posting_is_limited_in_its_own_call(anna: Person, database: Database) -> None:
    database.query("update palaver.limit_profiles set params = '{\"requests_per_second\": 0.01, \"burst\": 2}'"
                   " where name = 'conversation.post'")  # fmt: skip
    talk = anna.converse("group")
    begun = [anna.begin(talk, "one"), anna.begin(talk, "two")]
    refused = anna.post(f"/api/threads/{talk}/root", {"content": "three"})
    assert refused.status_code == 429 and refused.json["code"] == "PV.RATE_LIMITED" and "wait" in refused.json["detail"]
    assert refused.headers["X-RateLimit-Profile"] == "conversation.post" and refused.headers["RateLimit-Limit"] == "2"
    assert 90 <= int(refused.headers["Retry-After"]) <= 100
    page = anna.get(f"/c/{talk}/t/{begun[0]['root_id']}")
    kept = submit(anna, page, f"/c/{talk}/t/{begun[0]['root_id']}", content="four, at length")
    assert kept.status_code == 429 and "four, at length" in kept.text and int(kept.headers["Retry-After"]) >= 90


def test_the_doors_that_are_limited_from_the_beginning_are_there(app: Flask) -> None:
    doors = app.url_map.bind("localhost")
    named = [a for a in limits.rules()["assignments"] if a["path_pattern"] not in ("*", "/api/oauth/*")]
    for assigned in named:
        path = assigned["path_pattern"].replace(":token", "x").replace("/*", "")
        assert assigned["method"] in doors.allowed_methods(path), assigned
    assert len(named) > 20


def test_without_the_setting_nothing_is_limited(config: Config) -> None:
    free = create_app(config)
    assert not free.extensions["limits"].enabled
    client = free.test_client()
    assert all("RateLimit-Limit" not in client.get("/api/setup").headers for _ in range(3))


def test_limits_that_cannot_be_read_limit_nothing(config: Config) -> None:
    config = with_options(config, "rate_limits", enabled=True)
    lost = create_app(with_options(config, "db", runtime_url="postgresql://a:b@127.0.0.1:1/none"))
    assert lost.test_client().get("/openapi.json").status_code == 200


def test_a_password_is_not_guessed_in_a_session_that_was_found(bob: Person, app: Flask) -> None:
    given = {"email": "eve@example.org", "current_password": "guess"}
    answers = [put(bob, "/api/users/me", given, "PATCH").status_code for _ in range(7)]
    assert answers == [401] * 5 + [429] * 2
    elsewhere = Person(app).sign_in("bob")
    assert put(elsewhere, "/api/users/me", given | {"current_password": PASSWORD}, "PATCH").status_code == 200


def test_one_address_has_few_letters_sent(bob: Person, stranger: Person, app: Flask) -> None:
    app.extensions["mailing"] = Mailing(Memory(), "https://chat.example.org")
    answers = [stranger.post("/api/auth/password/forgot", {"email": f"n{n}"}).status_code for n in range(7)]
    app.extensions["mailing"].settle()
    assert answers == [202] * 5 + [429] * 2
