from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.schemas.auth import Me, SignedIn
from tests.conftest import PASSWORD, Person
from tests.databases import Database

ACCOUNT = {"username": "anna", "email": "anna@example.org", "password": PASSWORD}


def test_set_up_once_and_be_signed_in(stranger: Person, app: Flask) -> None:
    assert stranger.get("/api/setup").json == {"is_setup": False}
    made = stranger.post("/api/setup", ACCOUNT)
    assert made.status_code == 201
    assert SignedIn().validate(made.json) == {}
    assert made.json["user"]["role"] == "admin"
    assert stranger.get("/api/auth/me").status_code == 200
    assert Person(app).get("/api/setup").json == {"is_setup": True}
    again = Person(app).post("/api/setup", ACCOUNT | {"username": "eve", "email": "eve@example.org"})
    assert (again.status_code, again.json["code"]) == (409, "PV.CONFLICT")


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""}, {"username": "-x"}, {"username": "a b"}, {"username": "x" * 33}, {"username": 5},
        {"email": "nobody"}, {"email": "a@b c"}, {"password": "short"}, {"password": None}, {"extra": 1},
        {"username": "nul\x00"},
    ],
)  # fmt: skip
def test_a_wrong_account_is_refused_with_the_field(stranger: Person, wrong: dict[str, Any]) -> None:
    answer = stranger.post("/api/setup", ACCOUNT | wrong)
    assert (answer.status_code, answer.json["code"]) == (422, "PV.VALIDATION")
    assert list(answer.json["errors"]) == list(wrong)
    assert stranger.get("/api/setup").json == {"is_setup": False}


def test_sign_in_by_name_or_address_and_out(anna: Person, app: Flask) -> None:
    for login in ("anna", "ANNA", "Anna@Example.org "):
        other = Person(app).sign_in(login)
        me = other.get("/api/auth/me")
        assert Me().validate(me.json) == {} and me.json["user"]["username"] == "anna"
        assert other.post("/api/auth/logout").json == {"ok": True}
        assert other.get("/api/auth/me").status_code == 401


def test_wrong_name_and_wrong_password_look_the_same(anna: Person, stranger: Person) -> None:
    answers = [
        stranger.post("/api/auth/login", {"email": name, "password": word})
        for name, word in (("anna", "wrong"), ("nobody", PASSWORD), ("anna", PASSWORD + "x"))
    ]
    assert {a.status_code for a in answers} == {401}
    assert len({(a.json["code"], a.json["detail"]) for a in answers}) == 1


def test_a_disabled_account_is_out_at_once(bob: Person, stranger: Person) -> None:
    from app.models import users

    users.disable("bob", True)
    assert bob.get("/api/auth/me").status_code == 401
    assert stranger.post("/api/auth/login", {"email": "bob", "password": PASSWORD}).status_code == 403
    assert stranger.post("/api/auth/login", {"email": "bob", "password": "wrong"}).status_code == 401
    users.disable("bob", False)
    assert stranger.sign_in("bob").get("/api/auth/me").status_code == 200


def test_cookies_are_guarded(anna: Person, app: Flask) -> None:
    answer = Person(app).post("/api/auth/login", {"email": "anna", "password": PASSWORD})
    session, csrf = answer.headers.getlist("Set-Cookie")
    assert session.startswith("SESSION_ID=") and "HttpOnly" in session and "SameSite=Lax" in session
    assert csrf.startswith("CSRF-TOKEN=") and "HttpOnly" not in csrf and "SameSite=Strict" in csrf


def test_the_token_itself_is_not_in_the_database(anna: Person, database: Database) -> None:
    token = anna.http.get_cookie("SESSION_ID").value
    [(row,)] = database.query("select s::text from palaver.sessions s")
    assert token not in row and len(token) >= 43


def test_at_most_five_sessions_the_oldest_leaves(anna: Person, app: Flask) -> None:
    others = [Person(app).sign_in("anna") for _ in range(5)]
    assert anna.get("/api/auth/me").status_code == 401
    assert {p.get("/api/auth/me").status_code for p in others} == {200}


def csrf_of(person: Person) -> str:
    return person.http.get_cookie("CSRF-TOKEN").value


def test_unsafe_requests_need_the_token_of_this_session(anna: Person, bob: Person, app: Flask) -> None:
    body = {"kind": "group", "title": "x"}
    good = csrf_of(anna)
    nonce, _, signature = good.partition(".")
    unsigned = f"{nonce}.{'0' * 64}"
    for token in (
        None,
        "",
        ".",
        "x",
        nonce,
        unsigned,
        f".{signature}",
        csrf_of(bob),
        csrf_of(Person(app).sign_in("anna")),
    ):
        headers = {"X-CSRF-TOKEN": token} if token is not None else {}
        answer = anna.http.post("/api/conversations", json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "PV.AUTH.CSRF"), token
    assert anna.http.post("/api/conversations", json=body, headers={"X-CSRF-TOKEN": good}).status_code == 201


def test_another_site_is_refused_even_with_the_token(anna: Person, stranger: Person) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = anna.post("/api/conversations", {"kind": "group"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "PV.AUTH.CSRF")
        assert (
            stranger.post("/api/auth/login", {"email": "anna", "password": PASSWORD}, headers=headers).status_code
            == 403
        )
    assert anna.post("/api/conversations", {"kind": "group"}, headers={"Origin": "http://localhost"}).status_code == 201


def test_errors_are_problems_with_a_request_id(stranger: Person, anna: Person) -> None:
    answer = stranger.get("/api/auth/me", headers={"X-Request-Id": "abc-1"})
    assert answer.content_type == "application/problem+json"
    assert answer.json["instance"] == answer.headers["X-Request-Id"] == "abc-1"
    assert set(answer.json) == {"type", "title", "status", "detail", "instance", "code"}
    made = stranger.get("/api/auth/me", headers={"X-Request-Id": "bad id\t!"}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made)
    for path, method, status in (
        ("/api/nothing", "GET", 404), ("/api/auth/me", "DELETE", 405), ("/api/conversations/x", "GET", 404),
        ("/api/conversations?limit=0", "GET", 422), ("/api/conversations?limit=abc", "GET", 422),
        ("/api/conversations?after=x", "GET", 422),
    ):  # fmt: skip
        answer = anna.http.open(path, method=method, headers={"X-CSRF-TOKEN": csrf_of(anna)})
        assert answer.status_code == answer.json["status"] == status, path
        assert answer.json["detail"]


def test_bodies_are_json_and_bounded(anna: Person) -> None:
    token = {"X-CSRF-TOKEN": csrf_of(anna)}
    for data, mimetype, status in (
        ("{", "application/json", 400), ("[]", "application/json", 422),
        ("kind=group", "text/plain", 415), ("x" * 1_100_000, "application/json", 413),
    ):  # fmt: skip
        answer = anna.http.post("/api/conversations", data=data, content_type=mimetype, headers=token)
        assert answer.status_code == status, (data[:20], answer.text)
        assert answer.content_type == "application/problem+json"


def test_every_answer_has_security_headers(stranger: Person) -> None:
    for path in ("/api/setup", "/api/auth/me", "/healthz", "/nothing"):
        headers = stranger.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_secret_is_logged(anna: Person, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    person = Person(app)
    person.post("/api/auth/login", {"email": "anna", "password": "a wrong secret"})
    person.sign_in("anna")
    person.begin(person.converse("group"), "private words")
    token = person.http.get_cookie("SESSION_ID").value
    for secret in ("a wrong secret", PASSWORD, token, "private words"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"a":' * 2_000, '{"email": ' + "9" * 5_000 + "}", "\xff", '{"email": "\\ud800"}']
)
def test_json_that_is_no_json(stranger: Person, body: str) -> None:
    answer = stranger.http.post("/api/auth/login", data=body.encode("latin-1"), content_type="application/json")
    assert answer.status_code in (400, 422), answer.text
    assert answer.content_type == "application/problem+json"


def test_headers_that_cannot_be_read(anna: Person, app: Flask) -> None:
    for origin in ("http://[", "https://evil.example:443", "\u00e9", "null"):
        answer = anna.post("/api/conversations", {"kind": "group"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json["code"]) == (403, "PV.AUTH.CSRF")
    assert (
        anna.post("/api/conversations", {"kind": "group"}, headers={"Origin": "http://localhost:80"}).status_code == 201
    )
    stranger = app.test_client()
    page = stranger.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    stranger.set_cookie("CSRF-TOKEN", "\u00e9")
    assert stranger.post("/sign-in", data={"login": "anna", "password": "x", "csrf_token": token}).status_code == 403


def test_an_address_that_is_none_does_not_stop_a_sign_in(anna: Person, app: Flask) -> None:
    for address in ("unknown", "1.2.3.4:5555", "fe80::1%eth0", ""):
        answer = Person(app).post(
            "/api/auth/login", {"email": "anna", "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": address}
        )
        assert answer.status_code == 200, address


def test_a_session_rotates_without_throwing_anybody_out(anna: Person, app: Flask, database: Database) -> None:
    database.query("update palaver.sessions set rotated_at = now() - interval '5 hours'")
    old = anna.http.get_cookie("SESSION_ID").value
    answer = anna.get("/api/auth/me")
    assert answer.headers["X-Session-Rotated"] == "1"
    new = anna.http.get_cookie("SESSION_ID").value
    assert new != old
    anna.converse("group")  # the CSRF token goes on
    late = Person(app)
    late.http.set_cookie("SESSION_ID", old)
    assert late.get("/api/auth/me").status_code == 200
    assert "X-Session-Rotated" not in late.get("/api/auth/me").headers
    assert anna.post("/api/auth/refresh").headers["X-Session-Rotated"] == "1"


def test_one_s_own_sessions_are_listed_and_ended(anna: Person, bob: Person, app: Flask) -> None:
    other = Person(app).sign_in("anna")
    items = anna.get("/api/auth/sessions").json["items"]
    assert sorted(s["current"] for s in items) == [False, True]
    there = next(s["id"] for s in items if not s["current"])
    token = {"X-CSRF-TOKEN": csrf_of(bob)}
    assert bob.http.delete(f"/api/auth/sessions/{there}", headers=token).status_code == 404
    token = {"X-CSRF-TOKEN": csrf_of(anna)}
    assert anna.http.delete(f"/api/auth/sessions/{there}", headers=token).status_code == 204
    assert other.get("/api/auth/me").status_code == 401
    assert anna.http.delete(f"/api/auth/sessions/{there}", headers=token).status_code == 404


def test_a_suspicious_session_works_again_after_the_password(config: Any) -> None:
    from app import create_app
    from tests.conftest import with_options

    app = create_app(with_options(config, "auth", suspicious_check=True))
    anna = Person(app)
    anna.post("/api/setup", ACCOUNT)
    assert anna.get("/api/conversations").status_code == 200
    moved = {"environ_overrides": {"REMOTE_ADDR": "10.9.8.7"}}
    answer = anna.get("/api/conversations", **moved)
    assert (answer.status_code, answer.json["code"]) == (401, "PV.AUTH.SUSPICIOUS")
    assert anna.post("/api/auth/confirm", {"password": "wrong"}, **moved).status_code == 401
    assert anna.post("/api/auth/confirm", {"password": PASSWORD}, **moved).status_code == 200
    assert anna.get("/api/conversations", **moved).status_code == 200


def test_the_audit_log_knows_where_from(anna: Person, database: Database) -> None:
    anna.post("/api/auth/logout", headers={"X-Request-Id": "req-1", "User-Agent": "tester"})
    [row] = database.query(
        "select actor_name, host(ip), user_agent, request_id, session_id is not null from palaver.audit"
        " where action = 'session.ended'"
    )
    assert row == ("anna", "127.0.0.1", "tester", "req-1", True)
