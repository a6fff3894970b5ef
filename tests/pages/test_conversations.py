from __future__ import annotations

from tests.conftest import Person
from tests.pages.forms import form_of, message_ids, submit

NOBODY = "01990000-0000-7000-8000-000000000000"


def test_asking_begins_a_conversation_with_the_assistant(anna: Person) -> None:
    home = anna.get("/")
    asked = submit(anna, home, "/", content="What is a *monad*?")
    assert asked.status_code == 303
    thread = anna.get(asked.location)
    assert "<em>monad</em>" in thread.text and 'data-status="streaming"' in thread.text
    assert len(message_ids(thread)) == 2
    assert submit(anna, home, "/", content="What is a *monad*?").location == asked.location


def test_an_empty_question_is_said_at_the_form(anna: Person) -> None:
    page = submit(anna, anna.get("/"), "/", content="  ")
    assert page.status_code == 422 and "write something first" in page.text


def test_what_was_typed_is_kept_with_an_error(anna: Person) -> None:
    page = submit(anna, anna.get("/"), "/", content="\n\n<b>" + "x" * 65_536)
    assert page.status_code == 422
    assert form_of(page, "/").fields["content"].startswith("\n\n<b>xxx")


def test_a_group_is_made_from_the_form(anna: Person, bob: Person, assistant: str) -> None:
    page = anna.get("/conversations/new")
    assert "@bob" in page.text and "@palaver" in page.text
    made = submit(anna, page, "/conversations/new", do="create", title="Garden", member_ids=[bob.id, assistant])
    assert made.status_code == 303
    assert "Garden" in anna.get(made.location).text
    assert "Garden" in bob.get("/").text


def test_looking_for_people_keeps_who_is_chosen(anna: Person, bob: Person, carol: Person) -> None:
    page = anna.get("/conversations/new")
    found = submit(anna, page, "/conversations/new", do="search", query="car", title="Garden", member_ids=[bob.id])
    fields = form_of(found, "/conversations/new").fields
    assert fields["member_ids"] == [bob.id] and fields["title"] == "Garden"
    assert "@carol" in found.text and "@palaver" not in found.text


def test_a_group_without_a_name_is_refused_at_the_form(anna: Person, bob: Person) -> None:
    page = submit(anna, anna.get("/conversations/new"), "/conversations/new", do="create", member_ids=[bob.id])
    assert page.status_code == 422 and "Give the group a name" in page.text
    assert form_of(page, "/conversations/new").fields["member_ids"] == [bob.id]


def test_a_direct_conversation_is_named_after_the_other(anna: Person, bob: Person) -> None:
    page = anna.get("/conversations/new")
    made = submit(anna, page, "/conversations/new", do="create", kind="direct", member_ids=[bob.id])
    assert "data-conversation-title>bob</h1>" in anna.get(made.location).text
    assert "data-conversation-title>anna</h1>" in bob.get(made.location).text


def test_a_conversation_shows_its_threads_and_begins_new_ones(anna: Person, bob: Person) -> None:
    conversation = anna.converse("group", members=(bob,))
    page = anna.get(f"/c/{conversation}")
    assert "Nothing has been said here yet" in page.text
    begun = submit(anna, page, f"/c/{conversation}", content="First thread")
    assert begun.status_code == 303
    bob.begin(conversation, "Second thread")
    listed = bob.get(f"/c/{conversation}").text
    assert 0 < listed.rindex("Second thread") < listed.rindex("First thread")


def test_a_question_goes_straight_to_its_thread(anna: Person) -> None:
    asked = submit(anna, anna.get("/"), "/", content="Hello")
    conversation = asked.location.split("/t/")[0]
    assert anna.get(conversation).location == asked.location


def test_older_threads_are_on_further_pages(anna: Person) -> None:
    conversation = anna.converse("group")
    for number in range(55):
        anna.begin(conversation, f"thread number {number}.")
    first = anna.get(f"/c/{conversation}").text
    assert "thread number 54." in first and "Older threads" in first
    address = first.split('href="?after=')[1].split('"')[0]
    assert "thread number 0." in anna.get(f"/c/{conversation}?after={address}").text


def test_what_one_may_not_see_is_not_there(anna: Person, carol: Person) -> None:
    conversation = anna.converse("group", title="Secret garden")
    root = anna.begin(conversation)["id"]
    for path in (f"/c/{conversation}", f"/c/{conversation}/t/{root}", f"/messages/{root}", f"/c/{NOBODY}"):
        answer = carol.get(path)
        assert answer.status_code == 404 and "Secret" not in answer.text
    assert "Secret" not in carol.get("/").text


def test_the_list_alone_can_be_asked_for(anna: Person) -> None:
    conversation = anna.converse("group", title="Garden")
    anna.begin(conversation, "Seeds")
    fragment = anna.get(f"/sidebar?conversation={conversation}&root=")
    assert "Garden" in fragment.text and "Seeds" in fragment.text and "<html" not in fragment.text
    assert anna.get("/sidebar?conversation=&root=nonsense").status_code == 200


def test_titles_are_text(anna: Person) -> None:
    conversation = anna.converse("group", title="<script>alert(1)</script>")
    assert "<script>alert" not in anna.get(f"/c/{conversation}").text
