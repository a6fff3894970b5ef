from __future__ import annotations

import pytest

from app.blueprints.targets import own_path
from tests.conftest import PASSWORD, Person
from tests.pages.forms import form_of, submit

ACCOUNT = {"username": "anna", "email": "anna@example.org", "password": PASSWORD, "password_again": PASSWORD}


def test_every_page_leads_to_set_up_first(stranger: Person) -> None:
    page = stranger.http.get("/c/01990000-0000-7000-8000-000000000000", follow_redirects=True)
    assert page.request.path == "/setup" and "first account" in page.text


def test_set_up_signs_in(stranger: Person) -> None:
    done = submit(stranger, stranger.get("/setup"), "/setup", **ACCOUNT)
    assert (done.status_code, done.location) == (303, "/")
    assert "Ask anything" in stranger.get("/").text


def test_set_up_happens_once(anna: Person, stranger: Person) -> None:
    assert stranger.get("/setup").location == "/"
    token = form_of(stranger.get("/sign-in"), "/sign-in").fields["csrf_token"]
    done = stranger.http.post("/setup", data=ACCOUNT | {"username": "eve", "csrf_token": token})
    assert (done.status_code, done.location) == (303, "/")
    assert stranger.post("/api/auth/login", {"email": "eve", "password": PASSWORD}).status_code == 401


def test_set_up_says_everything_that_is_wrong_and_keeps_what_was_typed(stranger: Person) -> None:
    typed = {"username": "anna", "email": "nonsense", "password": "short", "password_again": "other"}
    page = submit(stranger, stranger.get("/setup"), "/setup", **typed)
    assert page.status_code == 422
    fields = form_of(page, "/setup").fields
    assert (fields["username"], fields["email"]) == ("anna", "nonsense")
    assert fields["password"] == fields["password_again"] == ""
    assert "not an e-mail address" in page.text and "at least 8 characters" in page.text


def test_set_up_compares_the_two_passwords(stranger: Person) -> None:
    page = submit(stranger, stranger.get("/setup"), "/setup", **ACCOUNT | {"password_again": "something else"})
    assert page.status_code == 422 and "two passwords differ" in page.text


def test_sign_in_goes_where_one_wanted_to_go(anna: Person, stranger: Person) -> None:
    asked = stranger.get("/conversations/new")
    assert asked.location == "/sign-in?next=/conversations/new"
    page = stranger.get(asked.location)
    done = submit(stranger, page, "/sign-in", login="anna", password=PASSWORD)
    assert (done.status_code, done.location) == (303, "/conversations/new")
    assert stranger.get("/sign-in").location == "/"


def test_a_wrong_password_keeps_the_name_alone(anna: Person, stranger: Person) -> None:
    page = submit(stranger, stranger.get("/sign-in"), "/sign-in", login="anna", password="wrong horse")
    assert page.status_code == 401 and "wrong" in page.text
    fields = form_of(page, "/sign-in").fields
    assert (fields["login"], fields["password"]) == ("anna", "")
    assert "wrong horse" not in page.text


def test_signing_out_ends_the_session(anna: Person) -> None:
    done = submit(anna, anna.get("/"), "/sign-out")
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert anna.get("/").location == "/sign-in"


def test_a_form_without_its_token_is_refused(anna: Person) -> None:
    assert anna.http.post("/sign-out", data={}).status_code == 403
    assert anna.get("/").status_code == 200


@pytest.mark.parametrize(
    "given",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "javascript:alert(1)", "", None]
    + ["/%0a//x\n", "evil", "/ x"],
)
def test_other_sites_are_nobodys_own_path(given: str | None) -> None:
    assert own_path(given) == "/"


def test_own_paths_stay() -> None:
    assert own_path("/c/1/t/2?before=3") == "/c/1/t/2?before=3"
