"""What somebody typed is never lost, whatever happened to the session in between."""

from __future__ import annotations

from flask import Flask

from tests.conftest import PASSWORD, Person
from tests.databases import Database
from tests.pages.forms import form_of, submit
from tests.pages.test_threads import thread_of


def test_a_message_survives_the_end_of_its_session(app: Flask, anna: Person) -> None:
    path, root = thread_of(anna)
    page = anna.get(path)
    anna.http.delete_cookie("SESSION_ID")
    refused = submit(anna, page, path, content="My *long* text")
    assert refused.status_code == 401 and "What you wrote is kept" in refused.text
    wrong = submit(anna, refused, "/sign-in", login="anna", password="no such horse")
    back = submit(anna, wrong, "/sign-in", login="anna", password=PASSWORD)
    assert back.status_code == 200 and form_of(back, path).fields["content"] == "My *long* text"
    assert submit(anna, back, path).status_code == 303
    assert anna.tree(root)["items"][-1]["content"] == "My *long* text"


def test_a_message_survives_an_old_page(anna: Person) -> None:
    path, root = thread_of(anna)
    refused = submit(anna, anna.get(path), path, content="My text", csrf_token="old")
    assert refused.status_code == 403 and form_of(refused, path).fields["content"] == "My text"
    assert submit(anna, refused, path).status_code == 303
    assert anna.tree(root)["items"][-1]["content"] == "My text"


def test_a_message_survives_the_end_of_a_membership(anna: Person, bob: Person, database: Database) -> None:
    conversation = anna.converse("group", members=(bob,))
    path = f"/c/{conversation}/t/{anna.begin(conversation)['id']}"
    page = bob.get(path)
    database.query("update palaver.members set left_at = now() where user_id = %s", bob.id)
    refused = submit(bob, page, path, content="My text")
    assert refused.status_code == 404 and form_of(refused, path).fields["content"] == "My text"


def test_another_sites_form_does_not_come_back(anna: Person) -> None:
    path, _ = thread_of(anna)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = anna.http.post(path, data={"content": "buy"}, headers=headers)
        assert answer.status_code == 403 and "buy" not in answer.text
