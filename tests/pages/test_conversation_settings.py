"""The settings of a conversation, the archive, and the page of an invitation, as a browser without scripts uses them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from app.adapters.mail.memory import Memory
from app.core.settings import Config
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database
from tests.pages.forms import form_of

ADDRESS = "https://chat.example.org"


@pytest.fixture
def config(config: Config) -> Config:
    return with_options(config, "auth", registration="open")


@pytest.fixture
def garden(anna: Person, bob: Person) -> str:
    return anna.converse("group", "Garden", (bob,))


def send(person: Person, conversation: str, form: str, **typed: Any) -> Any:
    """Send one of the forms of the settings page."""
    page = person.get(f"/c/{conversation}/settings")
    token = form_of(page, f"/c/{conversation}/settings").fields["csrf_token"]
    return person.http.post(f"/c/{conversation}/{form}", data={"csrf_token": token} | typed)


def link_in(page: Any) -> str:
    found = re.search(r"<code>https?://[^/]+(/invites/[^<]+)</code>", page.text)
    assert found, page.text
    return html.unescape(found[1])


def join(person: Person, link: str) -> Any:
    """Press the button on the page of an invitation."""
    return person.http.post(link, data=form_of(person.get(link), link).fields)


def test_the_page_is_linked_and_shows_who_is_there(anna: Person, bob: Person, carol: Person, garden: str) -> None:
    assert f'href="/c/{garden}/settings"' in anna.get(f"/c/{garden}").text
    mine, his = anna.get(f"/c/{garden}/settings").text, bob.get(f"/c/{garden}/settings").text
    assert "@bob" in mine and "Archive the conversation" in mine and "Invite by a link" in mine
    assert "@anna" in his and "Leave the conversation" in his
    assert not any(words in his for words in ("Archive the conversation", "Invite by a link", "Rename", "Remove"))
    assert carol.get(f"/c/{garden}/settings").status_code == 404


def test_a_new_name(anna: Person, bob: Person, garden: str) -> None:
    assert send(anna, garden, "settings", do="rename", title="  Orchard  ").status_code == 303
    assert "Orchard" in bob.get("/").text
    refused = send(anna, garden, "settings", do="rename", title=" ")
    assert refused.status_code == 422 and "1 to 200 characters" in refused.text
    assert send(bob, garden, "settings", do="rename", title="Mine").status_code == 403


def test_people_are_found_added_promoted_and_removed(anna: Person, bob: Person, carol: Person, garden: str) -> None:
    found = send(anna, garden, "people", do="search", query="car")
    assert f'value="{carol.id}"' in found.text and "@palaver" not in found.text
    assert "Nobody else is called like that" in send(anna, garden, "people", do="search", query="zz").text
    assert send(anna, garden, "people", do="add").status_code == 422
    assert send(anna, garden, "people", do="add", member_ids=[carol.id], role="viewer").status_code == 303
    assert "You may read here but not write" in carol.get(f"/c/{garden}").text
    assert send(anna, garden, "people", do="role", user_id=carol.id, role="admin").status_code == 303
    assert "Invite by a link" in carol.get(f"/c/{garden}/settings").text
    refused = send(carol, garden, "people", do="remove", user_id=anna.id)
    assert refused.status_code == 403 and "Only an owner" in refused.text
    assert send(carol, garden, "people", do="remove", user_id=bob.id).status_code == 303
    assert bob.get(f"/c/{garden}").status_code == 404


def test_leaving(anna: Person, bob: Person, garden: str) -> None:
    refused = send(anna, garden, "settings", do="leave")
    assert refused.status_code == 409 and "make somebody else an owner first" in refused.text
    left = send(bob, garden, "settings", do="leave")
    assert (left.status_code, left.location) == (303, "/")
    assert "Garden" not in bob.get("/").text


def test_a_direct_conversation_is_taken_out_of_the_list(anna: Person, bob: Person) -> None:
    direct = anna.converse("direct", members=(bob,))
    page = anna.get(f"/c/{direct}/settings").text
    assert "Take it out of my list" in page and "Rename" not in page and "Archive the conversation" not in page
    assert send(anna, direct, "settings", do="leave").status_code == 303
    assert f'data-conversation="{direct}"' not in anna.get("/").text
    bob.begin(direct, "Still there?")
    assert f'data-conversation="{direct}"' in anna.get("/").text


def test_the_archive(anna: Person, bob: Person, garden: str) -> None:
    begun = anna.begin(garden, "What remains")
    assert send(anna, garden, "settings", do="archive").status_code == 303
    assert 'href="/conversations/archived"' in bob.get("/").text and "Garden" not in bob.get("/").text
    assert f'href="/c/{garden}"' in bob.get("/conversations/archived").text
    for path in (f"/c/{garden}", f"/c/{garden}/t/{begun['id']}"):
        page = bob.get(path).text
        assert "What remains" in page and "nobody can write in it" in page and "data-composer" not in page
    assert send(anna, garden, "settings", do="unarchive").status_code == 303
    assert "data-composer" in bob.get(f"/c/{garden}").text
    assert "Nothing is archived" in bob.get("/conversations/archived").text


def test_a_link_is_made_shown_once_and_accepted(anna: Person, carol: Person, stranger: Person, garden: str) -> None:
    made = send(anna, garden, "invites", role="viewer", days="7")
    assert made.status_code == 201
    link = link_in(made)
    assert link not in anna.get(f"/c/{garden}/settings").text
    page = carol.get(link).text
    assert "Garden" in page and "anna (@anna) invites you" in page and "to read" in page
    asked = stranger.get(link)
    assert asked.status_code == 200 and "Garden" in asked.text and f'href="/sign-in?next={link}"' in asked.text
    joined = join(carol, link)
    assert (joined.status_code, joined.location) == (303, f"/c/{garden}")
    assert "accepted" in anna.get(f"/c/{garden}/settings").text
    again = carol.get(link)
    assert (again.status_code, again.location) == (303, f"/c/{garden}")
    over = stranger.get(link)
    assert over.status_code == 410 and "used already" in over.text and "Garden" not in over.text
    assert carol.get("/invites/nonsense").status_code == 404


def test_who_has_no_account_makes_one_and_comes_back(anna: Person, stranger: Person, garden: str) -> None:
    link = link_in(send(anna, garden, "invites", role="member", days="1"))
    assert f'href="/register?next={link}"' in stranger.get(link).text
    fields = form_of(stranger.get(f"/register?next={link}"), "/register").fields
    account = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "password_again": PASSWORD}
    made = stranger.http.post("/register", data=fields | account)
    assert (made.status_code, made.location) == (303, link)
    assert join(stranger, link).location == f"/c/{garden}"
    assert f'next={link}"' in Person(anna.http.application).get(f"/sign-in?next={link}").text
    away = stranger.get("/register?next=https://elsewhere.example")
    assert away.location == "/"


def test_an_address_is_asked_to_be_verified(
    anna: Person, bob: Person, carol: Person, garden: str, mailbox: Memory, database: Database
) -> None:
    made = send(anna, garden, "invites", email="carol@example.org", role="member", days="7")
    link = link_in(made)
    assert "was sent to carol@example.org" in made.text
    [mail] = mailbox.sent
    assert mail.to == "carol@example.org" and ADDRESS + link in mail.text and "Garden" in mail.text
    assert "You are in this conversation already" in bob.get(link).text
    assert refusals(anna, carol, link) == ("verify", "another")
    database.query(f"update palaver.users set email_verified_at = now() where id = '{carol.id}'")
    assert join(carol, link).location == f"/c/{garden}"


def refusals(anna: Person, carol: Person, link: str) -> tuple[str, str]:
    """What the page tells who has not verified the address, and who has another one."""
    dora = Person(anna.http.application)
    account = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "role": "member"}
    assert anna.post("/api/admin/users", account).status_code == 201
    dora.sign_in("dora")
    token = link.rpartition("/")[2]
    assert dora.post("/api/invites/accept", {"token": token}).status_code == 403
    unverified, another = carol.get(link).text, dora.get(link).text
    return (
        "verify" if "Verify it in the settings" in unverified and "Join the" not in unverified else "",
        "another" if "for another e-mail address" in another and "Join the" not in another else "",
    )


def test_without_mails_no_address_can_be_asked_for(anna: Person, garden: str) -> None:
    assert 'name="email"' not in anna.get(f"/c/{garden}/settings").text
    refused = anna.post(f"/api/conversations/{garden}/invites", {"email": "bob@example.org"})
    assert refused.status_code == 422 and "sends no mails" in refused.json["detail"]
    assert send(anna, garden, "invites", role="member", days="8").status_code == 422


def test_a_link_is_revoked(anna: Person, carol: Person, garden: str) -> None:
    link = link_in(send(anna, garden, "invites", role="member", days="7"))
    page = anna.get(f"/c/{garden}/settings")
    [address] = re.findall(rf'action="(/c/{garden}/invites/[^"]+/revoke)"', page.text)
    assert anna.http.post(address, data=form_of(page, address).fields).status_code == 303
    answer = carol.get(link)
    assert answer.status_code == 410 and "taken back" in answer.text
    again = anna.http.post(address, data=form_of(page, address).fields)
    assert again.status_code == 410 and "revoked already" in again.text
