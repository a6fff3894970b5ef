"""Editing, deleting and quoting without scripts."""

from __future__ import annotations

from tests.conftest import Person
from tests.databases import Database
from tests.pages.forms import form_of, submit
from tests.pages.test_threads import thread_of


def test_editing_and_the_earlier_texts(anna: Person) -> None:
    path, root = thread_of(anna, "one **bold**")
    address = f"/messages/{root}/edit"
    assert f'href="{address}"' in anna.get(path).text and "(edited)" not in anna.get(path).text
    page = anna.get(address)
    assert form_of(page, address).fields["content"] == "one **bold**"
    assert submit(anna, page, address, content="two").location == f"{path}#m-{root}"
    assert "(edited)" in anna.get(path).text and "<strong>bold</strong>" not in anna.get(path).text
    history = anna.get(f"/messages/{root}/history").text
    assert "<strong>bold</strong>" in history and "two" in history
    refused = submit(anna, page, address, content="  ")
    assert refused.status_code == 422 and "is empty" in refused.text and 'aria-invalid="true"' in refused.text


def test_who_may_not_gets_the_text_back(anna: Person, bob: Person) -> None:
    conversation = anna.converse("group", members=(bob,))
    root = anna.begin(conversation, "one")["id"]
    token = form_of(bob.get("/"), "/").fields
    refused = bob.http.post(f"/messages/{root}/edit", data=token | {"content": "mine"})
    assert refused.status_code == 403 and ">\nmine</textarea>" in refused.text


def test_deleting_can_be_undone(anna: Person, bob: Person) -> None:
    conversation = anna.converse("group", members=(bob,))
    path = f"/c/{conversation}/t/{(root := anna.begin(conversation, 'a slip')['id'])}"
    address = f"/messages/{root}/delete"
    page = anna.get(address)
    assert "a slip" in page.text and "disappears for everybody" in page.text
    assert submit(anna, page, address).location == f"{path}#m-{root}"
    for person in (anna, bob):
        gone = person.get(path).text
        assert "This message was deleted" in gone and "a slip" not in gone
        assert "a slip" not in person.get(f"/c/{conversation}").text
    assert "This message was deleted" in anna.get(f"/messages/{root}/history").text
    assert f'formaction="/messages/{root}/restore"' in anna.get(path).text
    token = form_of(page, address).fields
    assert anna.http.post(f"/messages/{root}/restore", data=token).location == f"{path}#m-{root}"
    assert "a slip" in bob.get(path).text


def test_a_quotation_is_in_the_field(anna: Person) -> None:
    path, root = thread_of(anna, "first\n\nsecond " + "x" * 500)
    page = anna.get(f"{path}?reply={root}&quote=1")
    quote = form_of(page, path).fields["content"]
    assert quote.startswith("> **anna**:\n> first\n>\n> second x") and quote.endswith("…\n\n") and len(quote) < 450
    assert form_of(page, path).fields["reply_to"] == root
    assert form_of(anna.get(f"{path}?reply={root}"), path).fields["content"] == ""


def test_a_thread_is_renamed(anna: Person, database: Database) -> None:
    path, _root = thread_of(anna, "first words")
    address = f"{path}/title"
    assert f'href="{address}"' in anna.get(path).text
    assert submit(anna, anna.get(address), address, title="Roses").location == path
    assert "<title>Roses" in anna.get(path).text and "Roses" in anna.get(path.split("/t/")[0]).text
    refused = submit(anna, anna.get(address), address, title="x" * 201)
    assert refused.status_code == 422 and "at most 200" in refused.text
    submit(anna, anna.get(address), address, title=" ")
    assert "<title>first words" in anna.get(path).text


def test_only_those_who_are_there_are_marked(anna: Person, bob: Person) -> None:
    conversation = anna.converse("group", members=(bob,))
    root = anna.begin(conversation, "@bob and @nobody and `@bob` and @all")["id"]
    shown = anna.get(f"/c/{conversation}/t/{root}").text
    assert shown.count('class="mention"') == 2
    assert f'<span class="mention" data-user="{bob.id}">@bob</span>' in shown
    assert '<span class="mention" data-user="all">@all</span>' in shown
