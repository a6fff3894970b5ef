from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.adapters.mail.memory import Memory
from app.core.settings import Config
from app.schemas.accounts import Profile, Waiting
from app.schemas.auth import SignedIn
from app.schemas.users import UserCard
from app.services.mailing import Mailing
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database

DORA = {"username": "dora", "email": "dora@example.org", "password": PASSWORD}
NEW = "another battery horse"


@pytest.fixture
def config(config: Config) -> Config:
    return with_options(config, "auth", registration="open")


def token_in(mailbox: Memory, to: str, path: str) -> str:
    """The token of the newest mail to somebody."""
    text = next(mail.text for mail in reversed(mailbox.sent) if mail.to == to)
    found = re.search(rf"https://chat\.example\.org/{path}/([\w-]{{43}})\n", text)
    assert found, text
    return found[1]


def settle(app: Flask) -> None:
    app.extensions["mailing"].settle()


# Registration.


def test_without_mails_one_is_signed_in_at_once(anna: Person, stranger: Person) -> None:
    made = stranger.post("/api/auth/register", DORA)
    assert made.status_code == 201 and SignedIn().validate(made.json) == {}
    assert (made.json["user"]["role"], made.json["user"]["email_verified_at"]) == ("member", None)
    assert stranger.get("/api/auth/me").json["user"]["username"] == "dora"


@pytest.mark.parametrize(
    "wrong", [{"username": "-"}, {"email": "nobody"}, {"password": "short"}, {"extra": 1}, {"invite": 5}]
)
def test_a_wrong_account_is_refused_with_the_field(anna: Person, stranger: Person, wrong: dict[str, Any]) -> None:
    answer = stranger.post("/api/auth/register", DORA | wrong)
    assert answer.status_code == 422 and list(answer.json["errors"]) == list(wrong)
    assert stranger.post("/api/auth/login", {"email": "dora", "password": PASSWORD}).status_code == 401


def test_nobody_registers_before_set_up_or_where_it_is_closed(
    app: Flask, stranger: Person, database: Database, config: Config
) -> None:
    assert stranger.post("/api/auth/register", DORA).status_code == 409
    assert stranger.get("/api/setup").json == {"is_setup": False}
    closed = create_app(with_options(config, "auth", registration="closed"))
    Person(closed).post("/api/setup", DORA | {"username": "anna", "email": "anna@example.org"})
    refused = Person(closed).post("/api/auth/register", DORA)
    assert (refused.status_code, refused.json["code"]) == (403, "PV.FORBIDDEN")
    assert "ask an administrator" in refused.json["detail"]


def test_the_feature_closes_registration_for_the_moment(app: Flask, anna: Person, stranger: Person) -> None:
    app.extensions["features"].set_switched({"registration": False})
    assert stranger.post("/api/auth/register", DORA).status_code == 403
    app.extensions["features"].set_switched({"registration": True})
    assert stranger.post("/api/auth/register", DORA).status_code == 201


def test_with_mails_the_link_comes_first(app: Flask, anna: Person, stranger: Person, mailbox: Memory) -> None:
    made = stranger.post("/api/auth/register", DORA)
    assert made.status_code == 202 and Waiting().validate(made.json) == {}
    assert made.json == {"state": "verify_email", "email": "dora@example.org", "mail": "sent"}
    assert "Set-Cookie" not in made.headers
    login = {"email": "dora@example.org", "password": PASSWORD}
    refused = stranger.post("/api/auth/login", login)
    assert (refused.status_code, refused.json["code"]) == (403, "PV.AUTH.UNVERIFIED")
    assert stranger.post("/api/auth/login", login | {"password": "wrong horse"}).status_code == 401
    first = token_in(mailbox, "dora@example.org", "verify")
    assert stranger.post("/api/auth/verify/again", login | {"password": "wrong horse"}).status_code == 401
    assert stranger.post("/api/auth/verify/again", login).json["mail"] == "sent"
    second = token_in(mailbox, "dora@example.org", "verify")
    assert stranger.post("/api/auth/verify", {"token": first}).status_code == 410
    assert stranger.post("/api/auth/verify", {"token": second}).json == {"ok": True}
    assert stranger.post("/api/auth/verify", {"token": second}).status_code == 410
    assert stranger.sign_in("dora").get("/api/auth/me").json["user"]["email_verified_at"]
    assert stranger.post("/api/auth/verify/again", login).status_code == 409


def test_an_address_that_has_an_account_looks_like_one_that_has_not(
    anna: Person, stranger: Person, mailbox: Memory
) -> None:
    answers = [
        stranger.post("/api/auth/register", DORA | {"username": name, "email": email})
        for name, email in (("dora", "dora@example.org"), ("eve", "anna@example.org"))
    ]
    assert [a.status_code for a in answers] == [202, 202]
    assert answers[0].json | {"email": ""} == answers[1].json | {"email": ""}
    assert "already" in mailbox.sent[-1].subject and "/verify/" not in mailbox.sent[-1].text
    assert stranger.post("/api/auth/register", DORA | {"username": "eve"}).status_code == 409


def test_a_mail_that_is_not_sent_is_told(anna: Person, stranger: Person, mailbox: Memory) -> None:
    mailbox.is_broken = True
    assert stranger.post("/api/auth/register", DORA).json["mail"] == "failed"
    mailbox.is_broken = False
    assert stranger.post("/api/auth/verify/again", {"email": "dora", "password": PASSWORD}).json["mail"] == "sent"


# Invitations.


@pytest.fixture
def by_invitation(app: Flask, anna: Person) -> None:
    app.config["PALAVER"] = with_options(app.config["PALAVER"], "auth", registration="invite")


@pytest.mark.usefixtures("by_invitation")
def test_an_invitation_lets_one_in_once(anna: Person, stranger: Person, app: Flask) -> None:
    assert stranger.post("/api/auth/register", DORA).status_code == 403
    assert stranger.post("/api/auth/register", DORA | {"invite": "x" * 43}).status_code == 410
    made = anna.post("/api/admin/invites", {"role": "read_only"})
    assert made.status_code == 201 and made.json["mail"] is None
    assert made.json["url"].endswith(f"/register?invite={made.json['token']}")
    joined = stranger.post("/api/auth/register", DORA | {"invite": made.json["token"]})
    assert (joined.status_code, joined.json["user"]["role"]) == (201, "read_only")
    again = Person(app).post(
        "/api/auth/register", {**DORA, "username": "eve", "email": "e@example.org", "invite": made.json["token"]}
    )
    assert again.status_code == 410
    [listed] = anna.get("/api/admin/invites").json["items"]
    assert (listed["state"], listed["accepted_by"]["username"]) == ("accepted", "dora")
    assert "token" not in listed and made.json["token"] not in anna.get("/api/admin/invites").text


@pytest.mark.usefixtures("by_invitation")
def test_an_invitation_is_mailed_bound_and_revoked(anna: Person, stranger: Person, mailbox: Memory) -> None:
    made = anna.post("/api/admin/invites", {"email": "dora@example.org", "ttl_seconds": 86_400}).json
    assert made["mail"] == "sent" and made["url"] in mailbox.sent[-1].text
    other = {**DORA, "email": "eve@example.org", "invite": made["token"]}
    assert stranger.post("/api/auth/register", other).status_code == 422
    assert anna.http.delete(f"/api/admin/invites/{made['id']}", headers=csrf(anna)).status_code == 204
    assert anna.http.delete(f"/api/admin/invites/{made['id']}", headers=csrf(anna)).status_code == 404
    assert stranger.post("/api/auth/register", DORA | {"invite": made["token"]}).status_code == 410
    assert anna.post("/api/admin/invites", {"email": "anna@example.org"}).status_code == 409
    assert anna.post("/api/admin/invites", {"email": "nobody"}).status_code == 422
    mailbox.is_broken = True
    assert anna.post("/api/admin/invites", {"email": "dora@example.org"}).json["mail"] == "failed"


@pytest.mark.usefixtures("by_invitation")
def test_who_is_invited_need_not_wait_for_the_link(anna: Person, stranger: Person, mailbox: Memory) -> None:
    made = anna.post("/api/admin/invites", {"email": "dora@example.org"}).json
    joined = stranger.post("/api/auth/register", DORA | {"invite": made["token"]})
    assert joined.status_code == 201 and joined.json["user"]["email_verified_at"] is None
    stranger.post("/api/auth/verify", {"token": token_in(mailbox, "dora@example.org", "verify")})
    assert stranger.get("/api/auth/me").json["user"]["email_verified_at"]


def csrf(person: Person) -> dict[str, str]:
    return {"X-CSRF-TOKEN": person.http.get_cookie("CSRF-TOKEN").value}


# Passwords.


def test_a_changed_password_needs_the_current_one_and_ends_other_sessions(bob: Person, app: Flask) -> None:
    elsewhere, before = Person(app).sign_in("bob"), bob.http.get_cookie("SESSION_ID").value
    given = {"current_password": PASSWORD, "new_password": NEW}
    for wrong, status in (({"current_password": "wrong horse"}, 401), ({"new_password": "short"}, 422)):
        assert bob.post("/api/auth/password", given | wrong).status_code == status
    assert bob.post("/api/auth/password", {"new_password": NEW}).status_code == 401
    assert elsewhere.get("/api/auth/me").status_code == 200
    changed = bob.post("/api/auth/password", given)
    assert (changed.status_code, changed.headers["X-Session-Rotated"]) == (200, "1")
    assert bob.http.get_cookie("SESSION_ID").value != before
    assert bob.get("/api/auth/me").status_code == 200 and elsewhere.get("/api/auth/me").status_code == 401
    assert elsewhere.post("/api/auth/login", {"email": "bob", "password": PASSWORD}).status_code == 401
    assert elsewhere.sign_in("bob", NEW)


def test_who_has_none_chooses_the_first_one_soon_after_signing_in(bob: Person, database: Database) -> None:
    database.query("update palaver.users set password_hash = null where username = 'bob'")
    database.query("update palaver.sessions set created_at = now() - interval '11 minutes'")
    refused = bob.post("/api/auth/password", {"new_password": NEW})
    assert (refused.status_code, refused.json["code"]) == (403, "PV.AUTH.PROOF_REQUIRED")
    database.query("update palaver.sessions set created_at = now() - interval '9 minutes'")
    assert bob.post("/api/auth/password", {"new_password": NEW}).status_code == 200
    assert bob.get("/api/auth/me").json["user"]["has_password"]
    assert bob.post("/api/auth/password", {"new_password": PASSWORD}).status_code == 401


def test_a_forgotten_password_is_chosen_anew(app: Flask, bob: Person, stranger: Person, mailbox: Memory) -> None:
    told = [stranger.post("/api/auth/password/forgot", {"email": name}) for name in ("bob@example.org", "nobody")]
    settle(app)
    assert {a.status_code for a in told} == {202} and told[0].json == told[1].json
    assert [mail.to for mail in mailbox.sent] == ["bob@example.org"]
    given = {"token": token_in(mailbox, "bob@example.org", "reset"), "new_password": NEW}
    assert stranger.post("/api/auth/password/reset", given | {"new_password": "short"}).status_code == 422
    assert stranger.post("/api/auth/password/reset", given | {"token": "x" * 43}).status_code == 410
    assert stranger.post("/api/auth/password/reset", given).json == {"ok": True}
    assert stranger.post("/api/auth/password/reset", given).status_code == 410
    assert bob.get("/api/auth/me").status_code == 401
    assert stranger.sign_in("bob", NEW).get("/api/auth/me").json["user"]["email_verified_at"]


def test_a_forgotten_password_ends_the_keys(app: Flask, bob: Person, stranger: Person, mailbox: Memory) -> None:
    token = bob.post("/api/auth/keys", {"name": "robot", "scopes": ["read"]}).json["token"]
    header = {"Authorization": f"Bearer {token}"}
    assert Person(app).get("/api/conversations", headers=header).status_code == 200
    stranger.post("/api/auth/password/forgot", {"email": "bob"})
    settle(app)
    given = {"token": token_in(mailbox, "bob@example.org", "reset"), "new_password": NEW}
    assert stranger.post("/api/auth/password/reset", given).status_code == 200
    assert Person(app).get("/api/conversations", headers=header).status_code == 401


def test_nothing_of_a_forgotten_password_is_done_before_the_answer(
    app: Flask, bob: Person, stranger: Person, mailbox: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So neither its time nor its failure tells whether there is such an account."""
    waiting: list[Any] = []
    monkeypatch.setattr(Mailing, "later", lambda self, work: waiting.append(work))
    assert stranger.post("/api/auth/password/forgot", {"email": "bob"}).status_code == 202
    assert len(waiting) == 1 and mailbox.sent == []
    mailbox.is_broken = True
    waiting[0]()  # logged, and nobody's request fails
    mailbox.is_broken = False
    waiting[0]()
    assert len(mailbox.sent) == 1


def test_without_mails_nobody_waits_for_one(bob: Person, stranger: Person) -> None:
    refused = stranger.post("/api/auth/password/forgot", {"email": "bob"})
    assert refused.status_code == 403 and "sends no mails" in refused.json["detail"]


def test_a_changed_password_is_told_by_mail(app: Flask, bob: Person, mailbox: Memory) -> None:
    bob.post("/api/auth/password", {"current_password": PASSWORD, "new_password": NEW})
    settle(app)
    assert [(m.to, m.subject) for m in mailbox.sent] == [("bob@example.org", "Your password was changed")]


# The profile.


def patch(person: Person, **given: Any) -> Any:
    return person.http.patch("/api/users/me", json=given, headers=csrf(person))


def test_a_profile_changes_where_it_is_told_to(bob: Person) -> None:
    changed = patch(bob, display_name="  Bob   B. ", locale="pt-BR", time_zone="Europe/Stockholm", theme="dark")
    assert changed.status_code == 200 and Profile().validate(changed.json) == {}
    held = bob.get("/api/auth/me").json["user"]
    assert (held["display_name"], held["locale"], held["time_zone"], held["theme"]) == (
        "Bob B.", "pt-BR", "Europe/Stockholm", "dark",
    )  # fmt: skip
    assert patch(bob, theme="light").json["display_name"] == "Bob B."
    assert patch(bob).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"display_name": "  "}, {"display_name": "x" * 81}, {"display_name": "a\u202eb"}, {"locale": "xx"},
     {"locale": "EN"}, {"locale": "../en"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"},
     {"theme": "pink"}, {"username": "eve"}, {"role": "admin"}, {"email": "nobody"}],
)  # fmt: skip
def test_a_wrong_profile_is_refused_with_the_field(bob: Person, wrong: dict[str, Any]) -> None:
    before = bob.get("/api/auth/me").json["user"]
    refused = patch(bob, **wrong)
    assert refused.status_code == 422 and list(refused.json["errors"]) == list(wrong)
    assert bob.get("/api/auth/me").json["user"] == before


def test_another_address_needs_the_password_and_the_link(app: Flask, bob: Person, mailbox: Memory) -> None:
    assert patch(bob, email="bobby@example.org").status_code == 401
    assert patch(bob, email="bobby@example.org", current_password="wrong horse", theme="dark").status_code == 401
    assert patch(bob, email="bobby@example.org", current_password=PASSWORD, locale="xx").status_code == 422
    assert (held := bob.get("/api/auth/me").json["user"])["theme"] == "system" and held["pending_email"] is None
    changed = patch(bob, email="bobby@example.org", current_password=PASSWORD).json
    assert (changed["email"], changed["pending_email"], changed["mail"]) == (
        "bob@example.org", "bobby@example.org", "sent",
    )  # fmt: skip
    settle(app)
    assert {(m.to, m.subject) for m in mailbox.sent} == {
        ("bobby@example.org", "Confirm your e-mail address"), ("bob@example.org", "Your e-mail address changes"),
    }  # fmt: skip
    first = token_in(mailbox, "bobby@example.org", "verify")
    assert bob.post("/api/users/me/verify").json["mail"] == "sent"
    assert bob.post("/api/auth/verify", {"token": first}).status_code == 410
    assert bob.post("/api/auth/verify", {"token": token_in(mailbox, "bobby@example.org", "verify")}).status_code == 200
    held = bob.get("/api/auth/me").json["user"]
    assert (held["email"], held["pending_email"]) == ("bobby@example.org", None) and held["email_verified_at"]
    assert bob.post("/api/users/me/verify").status_code == 409


def test_a_noted_address_is_taken_back_by_giving_the_old_one(bob: Person, mailbox: Memory) -> None:
    patch(bob, email="bobby@example.org", current_password=PASSWORD)
    token = token_in(mailbox, "bobby@example.org", "verify")
    back = patch(bob, email="bob@example.org", current_password=PASSWORD).json
    assert (back["email"], back["pending_email"]) == ("bob@example.org", None)
    assert bob.post("/api/auth/verify", {"token": token}).status_code == 410


def test_an_address_of_somebody_else_is_not_given_away(bob: Person, mailbox: Memory) -> None:
    changed = patch(bob, email="Anna@example.org", current_password=PASSWORD)
    assert (changed.status_code, changed.json["pending_email"], changed.json["mail"]) == (
        200, "Anna@example.org", "sent",
    )  # fmt: skip
    assert "already" in next(m for m in mailbox.sent if m.to == "Anna@example.org").subject


def test_without_mails_another_address_counts_at_once(bob: Person) -> None:
    changed = patch(bob, email="bobby@example.org", current_password=PASSWORD).json
    assert (changed["email"], changed["email_verified_at"], changed["mail"]) == ("bobby@example.org", None, None)
    assert patch(bob, email="anna@example.org", current_password=PASSWORD).status_code == 409
    assert bob.post("/api/users/me/verify").status_code == 422


def test_anybody_signed_in_sees_a_card_and_no_more(anna: Person, bob: Person, stranger: Person) -> None:
    card = bob.get(f"/api/users/{anna.id}")
    assert card.status_code == 200 and UserCard().validate(card.json) == {}
    assert set(card.json) == {"id", "username", "display_name", "kind"}
    assert bob.get("/api/users/01990000-0000-7000-8000-000000000000").status_code == 404
    assert stranger.get(f"/api/users/{anna.id}").status_code == 401


def test_one_signs_out_everywhere_else(bob: Person, app: Flask) -> None:
    elsewhere = Person(app).sign_in("bob")
    assert bob.http.delete("/api/auth/sessions", headers=csrf(bob)).json == {"ended": 1}
    assert elsewhere.get("/api/auth/me").status_code == 401 and bob.get("/api/auth/me").status_code == 200
