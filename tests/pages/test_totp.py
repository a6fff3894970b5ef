"""Second factors with a browser that has no JavaScript."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.models import features
from tests.blueprints.test_totp import App, half, set_up
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database
from tests.pages.forms import form_of, submit

HOME = "/settings/security"


def codes_of(page) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]{19})</code></li>", page.text)


def test_setting_up_and_switching_off(anna: Person, app: Flask) -> None:
    page = submit(anna, anna.get(HOME), f"{HOME}/totp", password="wrong")
    assert page.status_code == 401 and "password is wrong" in page.text
    page = submit(anna, page, f"{HOME}/totp", password=PASSWORD)
    assert page.status_code == 200 and 'src="data:image/svg+xml' in page.text
    secret = "".join(re.search(r'qr__secret">([A-Z2-7 ]+)<', page.text)[1].split())
    phone = App(secret)
    assert secret not in anna.get(HOME).text
    wrong = submit(anna, page, f"{HOME}/totp/confirm", code=phone.wrong())
    assert wrong.status_code == 401 and "code is wrong" in wrong.text
    done = submit(anna, wrong, f"{HOME}/totp/confirm", code=phone.code())
    codes = codes_of(done)
    assert len(codes) == 10 and 'download="palaver-recovery-codes.txt" href="data:text/plain' in done.text
    page = anna.get(HOME)
    assert "10 recovery codes left" in page.text and codes[0] not in page.text
    fresh = codes_of(submit(anna, page, f"{HOME}/recovery-codes", password=PASSWORD))
    assert len(fresh) == 10 and fresh != codes
    assert submit(anna, page, f"{HOME}/totp/off", password=PASSWORD, code=codes[0]).status_code == 401
    assert submit(anna, page, f"{HOME}/totp/off", password=PASSWORD, code=fresh[0]).location == HOME
    form_of(anna.get(HOME), f"{HOME}/totp")


def test_the_second_step_keeps_where_one_wanted_to_go(anna: Person, app: Flask) -> None:
    phone, codes = set_up(anna)
    person = Person(app)
    page = person.get(person.get("/conversations/new").location)
    done = submit(person, page, "/sign-in", login="anna", password=PASSWORD)
    assert done.location == "/conversations/new"
    step = person.get(done.location)
    assert step.location == "/sign-in/code?next=/conversations/new"
    page = person.get(step.location)
    again = submit(person, page, "/sign-in/code", code=phone.wrong())
    assert again.status_code == 401 and "4 more tries" in again.text
    assert submit(person, again, "/sign-in/code", code=phone.code()).location == "/conversations/new"
    assert person.get("/conversations/new").status_code == 200
    assert person.get("/sign-in/code").location == "/"
    other = half(app)
    typed = form_of(other.get("/sign-in/code"), "/sign-in/code").fields | {"recovery_code": codes[0]}
    assert other.http.post("/sign-in/code", data=typed).location == "/"


def test_after_five_wrong_codes_one_signs_in_again(anna: Person, app: Flask) -> None:
    phone, _ = set_up(anna)
    person = half(app)
    page = person.get("/sign-in/code?next=/settings")
    for _ in range(4):
        assert submit(person, page, "/sign-in/code", code=phone.wrong()).status_code == 401
    done = submit(person, page, "/sign-in/code", code=phone.wrong())
    assert done.location == "/sign-in?why=codes&next=/settings"
    page = person.get(done.location)
    assert "Too many wrong codes" in page.text
    assert submit(person, page, "/sign-in", login="anna", password=PASSWORD).location == "/settings"


def test_a_half_session_can_sign_out(anna: Person, app: Flask) -> None:
    set_up(anna)
    person = half(app)
    assert submit(person, person.get("/sign-in/code"), "/sign-out").location == "/sign-in"
    assert person.get("/sign-in/code").location.startswith("/sign-in?")


def test_what_was_written_survives_the_second_step(anna: Person, app: Flask) -> None:
    phone, _ = set_up(anna)
    person = half(app)
    token = person.http.get_cookie("CSRF-TOKEN").value
    page = person.http.post("/", data={"content": "precious words", "csrf_token": token})
    assert page.status_code == 401
    done = submit(person, page, "/sign-in/code", code=phone.code())
    assert done.status_code == 200
    sent = submit(person, done, "/")
    assert sent.status_code == 303 and "precious words" in person.get(sent.location).text


def test_required_of_everybody(anna: Person, bob: Person, app: Flask) -> None:
    bob.converse("group", title="Private garden", members=(anna,))
    app.extensions["features"].set_switched(features.switch(anna.id, "require_totp", True))
    assert bob.get("/conversations/new").location == f"{HOME}?next=/conversations/new"
    page = bob.get(f"{HOME}?next=/conversations/new")
    assert "A second factor is required" in page.text and "Private garden" not in page.text
    page = submit(bob, page, f"{HOME}/totp", password=PASSWORD)
    assert "Private garden" not in page.text
    phone = App("".join(re.search(r'qr__secret">([A-Z2-7 ]+)<', page.text)[1].split()))
    done = submit(bob, page, f"{HOME}/totp/confirm", code=phone.code())
    assert len(codes_of(done)) == 10 and 'href="/conversations/new"' in done.text
    assert bob.get("/conversations/new").status_code == 200
    assert "Private garden" in bob.get(HOME).text


def test_somewhere_else_the_password_is_asked_for_again(config) -> None:
    from app import create_app

    app = create_app(with_options(config, "auth", suspicious_check=True))
    anna = Person(app)
    anna.post("/api/setup", {"username": "anna", "email": "anna@example.org", "password": PASSWORD})
    moved = {"environ_overrides": {"REMOTE_ADDR": "10.9.8.7"}}
    step = anna.get("/conversations/new", **moved)
    assert step.location == "/confirm?next=/conversations/new"
    page = anna.get(step.location, **moved)
    fields = form_of(page, "/confirm").fields
    wrong = anna.http.post("/confirm", data=fields | {"password": "wrong"}, **moved)
    assert wrong.status_code == 401 and "password is wrong" in wrong.text
    assert anna.http.post("/confirm", data=fields | {"password": PASSWORD}, **moved).location == "/conversations/new"
    assert anna.get("/conversations/new", **moved).status_code == 200
    assert anna.get("/confirm", **moved).location == "/"


def test_passkeys_are_renamed_and_removed(anna: Person, database: Database) -> None:
    from tests.authenticator import Authenticator
    from tests.blueprints.test_passkeys import added

    made = added(anna, Authenticator(), "Phone").json
    path = f"{HOME}/passkeys/{made['id']}"
    assert submit(anna, anna.get(HOME), f"{path}/rename", name="Old <b>phone</b>").location == HOME
    page = anna.get(HOME)
    assert "Old &lt;b&gt;phone" in page.text
    assert submit(anna, page, f"{path}/rename", name=" ").status_code == 422
    database.query("update palaver.sessions set created_at = created_at - interval '11 minutes'")
    assert submit(anna, anna.get(HOME), f"{path}/remove", password="wrong").status_code == 401
    assert submit(anna, anna.get(HOME), f"{path}/remove", password=PASSWORD).location == HOME
    assert "Old" not in anna.get(HOME).text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example"])
def test_the_second_step_goes_nowhere_else(anna: Person, app: Flask, target: str) -> None:
    phone, _ = set_up(anna)
    person = half(app)
    page = person.get("/sign-in/code", query_string={"next": target})
    assert submit(person, page, "/sign-in/code", code=phone.code(), next=target).location == "/"
