from __future__ import annotations

import re

import pytest
from flask import Flask

from app.adapters.mail.memory import Memory
from app.core.settings import Config
from tests.conftest import PASSWORD, Person, with_options
from tests.pages.forms import form_of, submit

DORA = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "password_again": PASSWORD}
NEW = "another battery horse"


@pytest.fixture
def config(config: Config) -> Config:
    return with_options(config, "auth", registration="open")


def link_in(mailbox: Memory) -> str:
    found = re.search(r"https://chat\.example\.org(/\S+)", mailbox.sent[-1].text)
    assert found
    return found[1]


def test_before_set_up_the_way_leads_there(stranger: Person) -> None:
    assert stranger.get("/register").location == "/setup"


def test_an_account_is_made_on_the_page(anna: Person, stranger: Person) -> None:
    assert 'href="/register"' in stranger.get("/sign-in").text
    done = submit(stranger, stranger.get("/register"), "/register", **DORA)
    assert (done.status_code, done.location) == (303, "/")
    assert "Ask anything" in stranger.get("/").text and stranger.get("/register").location == "/"


def test_what_is_wrong_is_said_and_what_was_typed_kept(anna: Person, stranger: Person) -> None:
    page = submit(stranger, stranger.get("/register"), "/register", **DORA | {"email": "nonsense"})
    assert page.status_code == 422 and "not an e-mail address" in page.text
    assert form_of(page, "/register").fields["username"] == "dora"
    page = submit(stranger, page, "/register", **DORA | {"password_again": "something else"})
    assert page.status_code == 422 and "two passwords differ" in page.text
    page = submit(stranger, page, "/register", **DORA | {"username": "ANNA"})
    assert page.status_code == 409 and "taken" in page.text


def test_closed_and_by_invitation_is_said(app: Flask, anna: Person, stranger: Person) -> None:
    for policy, words in (("closed", "Registration is closed"), ("invite", "with an invitation")):
        app.config["PALAVER"] = with_options(app.config["PALAVER"], "auth", registration=policy)
        page = stranger.get("/register")
        assert page.status_code == 403 and words in page.text
        assert 'href="/register"' not in stranger.get("/sign-in").text


def test_an_invitation_is_a_link(app: Flask, anna: Person, stranger: Person, mailbox: Memory) -> None:
    app.config["PALAVER"] = with_options(app.config["PALAVER"], "auth", registration="invite")
    made = submit(anna, anna.get("/admin/invites"), "/admin/invites", email="dora@example.org", role="admin", days="1")
    assert made.status_code == 201 and "was sent to dora@example.org" in made.text
    link = link_in(mailbox)
    assert "https://chat.example.org" + link in made.text and link not in anna.get("/admin/invites").text
    page = stranger.get(link)
    assert "as an administrator" in page.text
    assert form_of(page, "/register").fields["email"] == "dora@example.org"
    assert submit(stranger, page, "/register", **DORA).status_code == 303
    assert stranger.get("/api/auth/me").json["user"]["role"] == "admin"
    assert Person(app).get(link).status_code == 410
    assert "accepted" in anna.get("/admin/invites").text


def test_the_link_in_the_mail_lets_one_in(anna: Person, stranger: Person, mailbox: Memory) -> None:
    waiting = submit(stranger, stranger.get("/register"), "/register", **DORA)
    assert waiting.status_code == 202 and "dora@example.org" in waiting.text
    refused = submit(stranger, stranger.get("/sign-in"), "/sign-in", login="dora", password=PASSWORD)
    assert refused.status_code == 403 and 'href="/verify"' in refused.text
    old = link_in(mailbox)
    again = submit(stranger, stranger.get("/verify"), "/verify", login="dora", password=PASSWORD)
    assert again.status_code == 200 and "Look into your mails" in again.text
    assert stranger.get(old).status_code == 410
    page = stranger.get(link_in(mailbox))
    assert "Is <strong>dora@example.org</strong> the address of dora?" in page.text
    assert submit(stranger, page, link_in(mailbox)).status_code == 200
    assert submit(stranger, page, link_in(mailbox)).status_code == 410
    assert stranger.sign_in("dora")


def test_a_mail_that_was_not_sent_is_told(anna: Person, stranger: Person, mailbox: Memory) -> None:
    mailbox.is_broken = True
    page = submit(stranger, stranger.get("/register"), "/register", **DORA)
    assert "could not be sent" in page.text and 'href="/verify"' in page.text
    wrong = submit(stranger, stranger.get("/verify"), "/verify", login="dora", password="wrong horse")
    assert wrong.status_code == 401 and "wrong" in wrong.text


def test_a_forgotten_password_is_chosen_anew(app: Flask, bob: Person, stranger: Person, mailbox: Memory) -> None:
    assert 'href="/forgot"' in stranger.get("/sign-in").text
    told = [submit(stranger, stranger.get("/forgot"), "/forgot", login=name) for name in ("bob", "nobody")]
    app.extensions["mailing"].settle()
    answers = {re.sub(r'name="csrf_token" value="[^"]*"', "", page.text).replace("nobody", "bob") for page in told}
    assert len(answers) == 1 and {page.status_code for page in told} == {202}
    link = link_in(mailbox)
    page = stranger.get(link)
    typed = {"new_password": NEW, "password_again": NEW}
    assert submit(stranger, page, link, **typed | {"password_again": "x"}).status_code == 422
    done = submit(stranger, page, link, **typed)
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert stranger.get(link).status_code == 410 and bob.get("/").location == "/sign-in"
    assert stranger.sign_in("bob", NEW)


def test_without_mails_no_link_is_promised(anna: Person, stranger: Person) -> None:
    assert 'href="/forgot"' not in stranger.get("/sign-in").text
    assert stranger.get("/forgot").status_code == 403
    for path in ("/verify/nonsense", "/reset/nonsense", "/register?invite=nonsense"):
        assert stranger.get(path).status_code == 410, path
