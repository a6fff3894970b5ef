from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from flask import Flask

from app.models import features
from app.schemas.auth import Me
from tests.conftest import PASSWORD, Person
from tests.databases import Database

DOOR = "/api/auth/totp"


def unsafe(person: Person, method: str, path: str, body: Any = None) -> Any:
    token = person.http.get_cookie("CSRF-TOKEN").value
    return person.http.open(path, method=method, json=body, headers={"X-CSRF-TOKEN": token})


class App:
    """An authenticator app; every code it says works once, so it looks a little into the future when it has to."""

    def __init__(self, secret: str) -> None:
        self.app, self.said = pyotp.TOTP(secret), 0

    def code(self) -> str:
        now = int(time.time()) // 30
        self.said = max(self.said + 1, now - 1)
        assert self.said <= now + 1, "too many codes asked for"
        return self.app.generate_otp(self.said)

    def wrong(self) -> str:
        now = int(time.time()) // 30
        near = {self.app.generate_otp(step) for step in range(now - 3, now + 4)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
                    if code not in near)  # fmt: skip


def set_up(person: Person) -> tuple[App, list[str]]:
    begun = person.post(DOOR, {"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    app = App(begun.json["secret"])
    done = person.post(f"{DOOR}/confirm", {"code": app.code()})
    assert done.status_code == 200, done.text
    return app, done.json["recovery_codes"]


def half(app: Flask, name: str = "anna") -> Person:
    """Somebody who has given the password alone."""
    return Person(app).sign_in(name)


def test_from_set_up_to_the_second_step(anna: Person, app: Flask) -> None:
    other = half(app)
    assert anna.get(DOOR).json == {"enabled": False, "enabled_at": None, "pending": False, "recovery_codes_left": 0}
    begun = anna.post(DOOR, {"password": PASSWORD})
    assert set(begun.json) == {"secret", "uri", "qr"}
    assert begun.json["uri"].startswith(f"otpauth://totp/Palaver:anna?secret={begun.json['secret']}&issuer=Palaver")
    assert begun.json["qr"].startswith("data:image/svg+xml")
    assert anna.get(DOOR).json["pending"] is True
    assert half(app).get("/api/conversations").status_code == 200  # not asked for before it is confirmed
    phone = App(begun.json["secret"])
    done = anna.post(f"{DOOR}/confirm", {"code": phone.code()})
    codes = done.json["recovery_codes"]
    assert len(set(codes)) == 10 and all(len(code) == 19 for code in codes)
    assert anna.get(DOOR).json | {"enabled": True, "pending": False, "recovery_codes_left": 10} == anna.get(DOOR).json
    assert anna.get("/api/auth/me").json["user"]["has_totp"] is True
    assert other.get("/api/auth/me").status_code == 401  # other sessions were begun without it
    person = half(app)
    refused = person.get("/api/conversations")
    assert (refused.status_code, refused.json["code"]) == (401, "PV.AUTH.SECOND_FACTOR")
    before = person.http.get_cookie("SESSION_ID").value
    answer = person.post(f"{DOOR}/verify", {"code": phone.code()})
    assert answer.status_code == 200 and Me().validate(answer.json) == {}
    assert answer.headers["X-Session-Rotated"] == "1" and person.http.get_cookie("SESSION_ID").value != before
    assert person.get("/api/conversations").status_code == 200
    assert person.get("/api/auth/me").json["session"]["second_factor"] == "totp"
    assert person.post(f"{DOOR}/verify", {"code": phone.code()}).status_code == 409


def test_a_half_session_opens_nothing_else(anna: Person, app: Flask) -> None:
    set_up(anna)
    person, tried = half(app), 0
    open_to_half = {"/api/auth/me", "/api/auth/logout", "/api/auth/confirm", f"{DOOR}/verify",
                    "/api/auth/passkeys/verify", "/api/auth/passkeys/verify/options"}  # fmt: skip
    for rule in app.url_map.iter_rules():
        if "<" in rule.rule or not rule.rule.startswith("/api/") or rule.rule in open_to_half:
            continue
        view = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if not getattr(view, "is_open", False):
                answer = unsafe(person, method, rule.rule, {} if method != "GET" else None)
                assert (answer.status_code, answer.json["code"]) == (401, "PV.AUTH.SECOND_FACTOR"), rule.rule
                tried += 1
    assert tried > 15
    assert person.get("/api/auth/me").status_code == 200


def test_setting_up_needs_the_password(anna: Person) -> None:
    assert anna.post(DOOR, {"password": "wrong"}).status_code == 401
    answer = anna.post(DOOR, {})
    assert (answer.status_code, answer.json["code"]) == (403, "PV.AUTH.PROOF_REQUIRED")
    assert anna.get(DOOR).json["pending"] is False
    assert anna.post(f"{DOOR}/confirm", {"code": "123456"}).status_code == 409
    assert anna.post(DOOR, {"password": PASSWORD}).status_code == 200


def test_who_has_no_password_signs_in_again(anna: Person, database: Database) -> None:
    database.query("update palaver.users set password_hash = null")
    assert anna.post(DOOR, {}).status_code == 200
    database.query("update palaver.sessions set created_at = created_at - interval '11 minutes'")
    assert anna.post(DOOR, {}).json["code"] == "PV.AUTH.PROOF_REQUIRED"


def test_a_wrong_first_code_switches_nothing_on(anna: Person, app: Flask) -> None:
    phone = App(anna.post(DOOR, {"password": PASSWORD}).json["secret"])
    assert anna.post(f"{DOOR}/confirm", {"code": phone.wrong()}).status_code == 401
    assert half(app).get("/api/conversations").status_code == 200
    assert anna.post(f"{DOOR}/confirm", {"code": phone.code()}).status_code == 200
    assert anna.post(DOOR, {"password": PASSWORD}).status_code == 409


def test_five_wrong_first_codes_end_the_set_up(anna: Person) -> None:
    phone = App(anna.post(DOOR, {"password": PASSWORD}).json["secret"])
    said = [anna.post(f"{DOOR}/confirm", {"code": phone.wrong()}).json["detail"] for _ in range(5)]
    assert "clock" in said[3] and "begin the set-up anew" in said[4]
    assert anna.post(f"{DOOR}/confirm", {"code": phone.code()}).status_code == 409


def test_without_its_keys_the_server_says_so_and_recovery_codes_work(anna: Person, app: Flask) -> None:
    phone, codes = set_up(anna)
    app.extensions["keys"].path.write_text("ab" * 32)
    person = half(app)
    answer = person.post(f"{DOOR}/verify", {"code": phone.code()})
    assert (answer.status_code, answer.json["code"]) == (503, "PV.UNAVAILABLE")
    assert person.post(f"{DOOR}/verify", {"recovery_code": codes[0]}).status_code == 200


def test_a_code_works_once_and_for_a_minute_and_a_half(
    anna: Person, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services import totp

    phone, _ = set_up(anna)
    now = int(time.time()) // 30 + 100
    monkeypatch.setattr(totp.time, "time", lambda: now * 30.0)
    person, code = half(app), phone.app.generate_otp
    for step in (now - 2, now + 2):
        assert person.post(f"{DOOR}/verify", {"code": code(step)}).status_code == 401
    spaced = f"{code(now)[:3]} {code(now)[3:]}"
    assert person.post(f"{DOOR}/verify", {"code": spaced}).status_code == 200
    late = half(app)
    for step in (now, now - 1):
        assert late.post(f"{DOOR}/verify", {"code": code(step)}).status_code == 401
    assert late.post(f"{DOOR}/verify", {"code": code(now + 1)}).status_code == 200


def test_the_fifth_wrong_code_ends_the_session(anna: Person, app: Flask, database: Database) -> None:
    phone, _ = set_up(anna)
    person = half(app)
    said = [person.post(f"{DOOR}/verify", {"code": phone.wrong()}).json["detail"] for _ in range(4)]
    assert "4 more tries" in said[0] and "one more try" in said[3]
    assert person.get("/api/auth/me").status_code == 200
    assert person.post(f"{DOOR}/verify", {"code": phone.wrong()}).status_code == 401
    assert person.get("/api/auth/me").status_code == 401
    assert anna.get("/api/auth/me").status_code == 200
    rows = database.query("select details from palaver.audit where action = 'second_factor.refused' order by id")
    assert [row["left"] for (row,) in rows] == [4, 3, 2, 1, 0] and phone.wrong() not in str(rows)


def test_many_tries_at_once_are_not_more_tries(anna: Person, app: Flask, database: Database) -> None:
    phone, _ = set_up(anna)
    person, wrong = half(app), phone.wrong()

    def guess(_: int) -> int:
        copy = Person(app)
        for name in ("SESSION_ID", "CSRF-TOKEN"):
            copy.http.set_cookie(name, person.http.get_cookie(name).value)
        return copy.post(f"{DOOR}/verify", {"code": wrong}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(guess, range(24))) == {401}
    counted = "select count(*) from palaver.audit where action = 'second_factor.refused'"
    assert database.query(counted) == [(5,)]


def test_guessing_on_in_new_sessions_has_an_end(anna: Person, app: Flask, database: Database) -> None:
    phone, codes = set_up(anna)
    for _ in range(2):
        person = half(app)
        for _ in range(5):
            assert person.post(f"{DOOR}/verify", {"code": phone.wrong()}).status_code == 401
    person = half(app)
    answer = person.post(f"{DOOR}/verify", {"code": phone.code()})
    assert (answer.status_code, answer.json["code"]) == (429, "PV.RATE_LIMITED")
    assert person.post(f"{DOOR}/verify", {"recovery_code": codes[0]}).status_code == 200  # nobody is locked out
    database.query("update palaver.users set totp_refused = 10, totp_refused_at = now() - interval '16 minutes'")
    assert half(app).post(f"{DOOR}/verify", {"code": phone.code()}).status_code == 200


def test_recovery_codes_work_once_however_they_are_typed(anna: Person, app: Flask) -> None:
    _, codes = set_up(anna)
    typed = codes[0].upper().replace("-", " ") + " "
    assert half(app).post(f"{DOOR}/verify", {"recovery_code": typed}).status_code == 200
    assert half(app).post(f"{DOOR}/verify", {"recovery_code": codes[0]}).status_code == 401
    assert anna.get(DOOR).json["recovery_codes_left"] == 9
    assert anna.post(f"{DOOR}/recovery-codes", {}).status_code == 403
    fresh = anna.post(f"{DOOR}/recovery-codes", {"password": PASSWORD}).json["recovery_codes"]
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert half(app).post(f"{DOOR}/verify", {"recovery_code": codes[1]}).status_code == 401
    assert half(app).post(f"{DOOR}/verify", {"recovery_code": fresh[1]}).status_code == 200


def test_recovery_codes_belong_to_an_authenticator_app(anna: Person, bob: Person) -> None:
    assert anna.post(f"{DOOR}/recovery-codes", {"password": PASSWORD}).status_code == 409
    _, codes = set_up(anna)
    set_up(bob)
    other = half(bob.http.application, "bob")
    assert other.post(f"{DOOR}/verify", {"recovery_code": codes[0]}).status_code == 401


def test_switching_off_needs_password_and_code(anna: Person, app: Flask) -> None:
    phone, codes = set_up(anna)
    for body, status in (
        ({"code": "123456"}, 403), ({"password": PASSWORD}, 422), ({"password": "wrong", "code": phone.code()}, 401),
        ({"password": PASSWORD, "code": phone.wrong()}, 401),
        ({"password": PASSWORD, "code": phone.wrong(), "recovery_code": codes[0]}, 422),
    ):  # fmt: skip
        assert unsafe(anna, "DELETE", DOOR, body).status_code == status, body
    assert anna.get(DOOR).json["enabled"] is True
    assert unsafe(anna, "DELETE", DOOR, {"password": PASSWORD, "code": phone.code()}).status_code == 204
    assert anna.get(DOOR).json == {"enabled": False, "enabled_at": None, "pending": False, "recovery_codes_left": 0}
    assert half(app).get("/api/conversations").status_code == 200
    assert unsafe(anna, "DELETE", DOOR, {"password": PASSWORD, "code": "123456"}).status_code == 409
    _, codes = set_up(anna)
    assert unsafe(anna, "DELETE", DOOR, {"password": PASSWORD, "recovery_code": codes[3]}).status_code == 204


def test_required_by_an_administrator(anna: Person, bob: Person, app: Flask) -> None:
    assert bob.get("/api/conversations").status_code == 200
    app.extensions["features"].set_switched(features.switch(anna.id, "require_totp", True))
    refused = bob.get("/api/conversations")
    assert (refused.status_code, refused.json["code"]) == (401, "PV.AUTH.ENROLL")
    assert bob.get("/api/auth/me").status_code == bob.get(DOOR).status_code == 200
    phone, _ = set_up(bob)
    assert bob.get("/api/conversations").status_code == 200
    again = half(app, "bob")
    assert again.post(f"{DOOR}/verify", {"code": phone.code()}).status_code == 200
    assert again.get("/api/conversations").status_code == 200


def test_a_half_session_cannot_enrol_its_way_in(anna: Person, app: Flask) -> None:
    app.extensions["features"].set_switched(features.switch(anna.id, "require_totp", True))
    set_up(anna)
    person = half(app)
    assert person.post(DOOR, {"password": PASSWORD}).json["code"] == "PV.AUTH.SECOND_FACTOR"
    assert person.post("/api/auth/passkeys/options").json["code"] == "PV.AUTH.SECOND_FACTOR"


def test_an_administrator_helps_who_lost_the_phone(anna: Person, bob: Person, app: Flask, database: Database) -> None:
    set_up(bob)
    path = f"/api/admin/users/{bob.id}/totp"
    assert unsafe(bob, "DELETE", path).status_code == 403
    assert unsafe(anna, "DELETE", path).status_code == 204
    assert bob.get("/api/auth/me").status_code == 401
    assert half(app, "bob").get("/api/conversations").status_code == 200
    assert unsafe(anna, "DELETE", "/api/admin/users/01990000-0000-7000-8000-000000000000/totp").status_code == 404
    [row] = database.query(
        "select actor_name, target_name from palaver.audit where action = 'second_factor.reset' and ip is not null"
    )
    assert row == ("anna", "bob")


def test_the_secret_is_stored_encrypted_and_codes_hashed(
    anna: Person, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    phone, codes = set_up(anna)
    rows = str(database.query("select u::text from palaver.users u"))
    rows += str(database.query("select r::text from palaver.recovery_codes r"))
    rows += str(database.query("select a::text from palaver.audit a"))
    for secret in (phone.app.secret, phone.app.secret.encode().hex(), codes[0], codes[0].replace("-", "")):
        assert secret not in rows and secret not in caplog.text
    assert phone.app.secret not in anna.get(DOOR).text + anna.get("/api/auth/me").text
