from __future__ import annotations

from flask import Flask

from app.adapters.mail.memory import Memory
from app.blueprints.pages.appearance import languages, shown_time
from tests.conftest import PASSWORD, Person
from tests.databases import Database
from tests.pages.forms import form_of, submit

NEW = "another battery horse"
AT = "2026-11-20T23:30:00+00:00"


def test_the_profile_is_found_and_changed(bob: Person) -> None:
    assert 'href="/settings"' in bob.get("/").text
    page = bob.get("/settings")
    assert form_of(page, "/settings").fields["display_name"] == "bob"
    done = submit(bob, page, "/settings", display_name="Bob B.", locale="sv", time_zone="Asia/Tokyo", theme="dark")
    assert done.location == "/settings?saved"
    page = bob.get(done.location)
    assert "Saved." in page.text and "Bob B." in page.text and ">BB<" in page.text
    assert '<option value="sv" selected' in page.text and "<option selected>Asia/Tokyo" in page.text
    wrong = submit(bob, page, "/settings", display_name=" ", locale="sv", time_zone="Asia/Tokyo", theme="dark")
    assert wrong.status_code == 422 and "1 to 80 characters" in wrong.text
    assert submit(bob, page, "/settings", theme="pink").status_code == 422


def test_the_theme_is_on_every_page_of_his_and_on_nobody_elses(app: Flask, bob: Person, stranger: Person) -> None:
    assert '<html lang="en">' in bob.get("/").text
    submit(
        bob, bob.get("/settings"), "/settings", display_name="Bob", locale="de", time_zone="Asia/Tokyo", theme="dark"
    )
    for path in ("/", "/settings", "/c/01990000-0000-7000-8000-000000000000"):
        html = bob.get(path).text.partition("<html")[2].partition(">")[0]
        assert all(text in html for text in ('data-theme="dark"', 'data-locale="de"', 'data-time-zone="Asia/Tokyo"'))
    assert '<html lang="en">' in stranger.get("/sign-in").text


def test_times_are_written_in_his_zone_and_language(app: Flask, bob: Person) -> None:
    assert shown_time(AT) == "20 Nov 2026, 23:30 UTC"
    submit(
        bob, bob.get("/settings"), "/settings", display_name="Bob", locale="en", time_zone="Asia/Tokyo", theme="dark"
    )
    with bob.http as http:
        http.get("/settings")
        assert shown_time(AT) == "21 Nov 2026, 08:30 JST"
    submit(
        bob, bob.get("/settings"), "/settings", display_name="Bob", locale="de", time_zone="Asia/Tokyo", theme="dark"
    )
    with bob.http as http:
        http.get("/settings")
        assert shown_time(AT) == "21. Nov. 2026, 08:30 JST"


def test_every_language_that_is_offered_is_one(bob: Person) -> None:
    assert languages()["sv"] == "Svenska" and len(languages()) > 30
    for tag in languages():
        token = bob.http.get_cookie("CSRF-TOKEN").value
        assert bob.http.patch("/api/users/me", json={"locale": tag}, headers={"X-CSRF-TOKEN": token}).status_code == 200


def test_the_address_is_changed_and_the_link_sent_again(bob: Person, mailbox: Memory) -> None:
    page = bob.get("/settings")
    assert "bob@example.org is not confirmed yet" in page.text
    assert "on its way to bob@example.org" in submit(bob, page, "/settings/email/verify").text
    wrong = submit(bob, page, "/settings/email", email="bobby@example.org", password="wrong horse")
    assert wrong.status_code == 401 and form_of(wrong, "/settings/email").fields["email"] == "bobby@example.org"
    changed = submit(bob, page, "/settings/email", email="bobby@example.org", password=PASSWORD)
    assert "on its way to bobby@example.org" in changed.text
    mailbox.is_broken = True
    failed = submit(bob, bob.get("/settings"), "/settings/email/verify")
    assert failed.status_code == 503 and "could not be sent" in failed.text


def test_without_mails_the_address_simply_changes(bob: Person) -> None:
    changed = submit(bob, bob.get("/settings"), "/settings/email", email="bobby@example.org", password=PASSWORD)
    assert "changed to bobby@example.org" in changed.text
    assert "/settings/email/verify" not in bob.get("/settings").text


def test_the_password_is_changed(app: Flask, bob: Person) -> None:
    page = bob.get("/settings/password")
    typed = {"current_password": PASSWORD, "new_password": NEW, "password_again": NEW}
    assert submit(bob, page, "/settings/password", **typed | {"password_again": "x"}).status_code == 422
    wrong = submit(bob, page, "/settings/password", **typed | {"current_password": "wrong horse"})
    assert wrong.status_code == 401 and "wrong horse" not in wrong.text and NEW not in wrong.text
    done = submit(bob, page, "/settings/password", **typed)
    assert done.location == "/settings/password?changed" and "is changed" in bob.get(done.location).text
    assert Person(app).sign_in("bob", NEW)


def test_keys_end_with_the_password_if_that_is_ticked(bob: Person) -> None:
    typed = {"current_password": PASSWORD, "new_password": NEW, "password_again": NEW}
    assert bob.post("/api/auth/keys", {"name": "robot", "scopes": ["read"]}).status_code == 201
    page = bob.get("/settings/password")
    assert "revoke_keys" not in form_of(page, "/settings/password").fields  # not ticked by itself
    assert submit(bob, page, "/settings/password", **typed, revoke_keys="yes").status_code == 303
    assert bob.get("/api/auth/keys").json["items"] == []


def test_who_has_no_password_is_asked_for_none(bob: Person, database: Database) -> None:
    database.query("update palaver.users set password_hash = null where username = 'bob'")
    page = bob.get("/settings/password")
    assert "current_password" not in form_of(page, "/settings/password").fields
    assert submit(bob, page, "/settings/password", new_password=NEW, password_again=NEW).status_code == 303
    assert "current_password" in form_of(bob.get("/settings/password"), "/settings/password").fields


def test_sessions_are_seen_and_ended(app: Flask, bob: Person) -> None:
    elsewhere, third = Person(app).sign_in("bob"), Person(app).sign_in("bob")
    page = bob.get("/settings/sessions")
    assert page.text.count("this one") == 1
    one = elsewhere.get("/api/auth/me").json["session"]["id"]
    assert submit(bob, page, f"/settings/sessions/{one}/end").location == "/settings/sessions"
    assert elsewhere.get("/").location == "/sign-in"
    token = form_of(page, "/settings/sessions/end-others").fields
    assert bob.http.post(f"/settings/sessions/{one}/end", data=token).status_code == 404
    assert "1 other session ended" in submit(bob, page, "/settings/sessions/end-others").text
    assert third.get("/").location == "/sign-in"
    assert "end-others" not in bob.get("/settings/sessions").text


def test_administrators_have_pages_of_people(anna: Person, bob: Person, app: Flask) -> None:
    assert bob.get("/admin/users").status_code == bob.get("/admin/invites").status_code == 403
    page = anna.get("/admin/users?query=BOB")
    assert "@bob" in page.text and "@anna" not in page.text
    assert "Nobody is called like that" in anna.get("/admin/users?query=nobody").text
    typed = {"username": "dora", "password": PASSWORD, "role": "read_only"}
    assert submit(anna, page, "/admin/users", **typed | {"password": "short"}).status_code == 422
    made = submit(anna, page, "/admin/users", **typed)
    assert made.status_code == 303 and "@dora" in anna.get(made.location).text
    assert Person(app).sign_in("dora")
    assert submit(anna, page, "/admin/users", **typed).status_code == 409


def test_an_administrator_governs_one_person(anna: Person, bob: Person, app: Flask) -> None:
    address = f"/admin/users/{bob.id}"

    def act(**given: str) -> int:
        return submit(anna, anna.get(address), address, **given).status_code

    assert act(do="role", role="admin") == 303 and bob.get("/admin/users").status_code == 200
    assert act(do="role", role="emperor") == 422
    session = bob.get("/api/auth/me").json["session"]["id"]
    assert act(do="end", session=session) == 303 and bob.get("/").location == "/sign-in"
    assert act(do="end", session=session) == 404
    Person(app).sign_in("bob"), Person(app).sign_in("bob")
    assert act(do="end-all") == 303 and "Nowhere." in anna.get(address).text
    assert act(do="disable") == 303 and "Enable the account" in anna.get(address).text
    assert act(do="enable") == 303
    mine = f"/admin/users/{anna.id}"
    assert act(do="role", role="member") == 303
    last = submit(anna, anna.get(mine), mine, do="disable")
    assert last.status_code == 409 and "last administrator" in last.text


def test_an_invitation_is_made_and_revoked_on_the_page(anna: Person) -> None:
    page = anna.get("/admin/invites")
    assert "Registration is closed" in page.text
    assert submit(anna, page, "/admin/invites", days="365", role="member").status_code == 422
    made = submit(anna, page, "/admin/invites", days="7", role="member")
    assert made.status_code == 201 and "/register?invite=" in made.text
    [invite] = anna.get("/api/admin/invites").json["items"]
    assert submit(anna, anna.get("/admin/invites"), f"/admin/invites/{invite['id']}/revoke").status_code == 303
    assert "revoked" in anna.get("/admin/invites").text
