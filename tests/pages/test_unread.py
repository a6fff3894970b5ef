from __future__ import annotations

import html
import re

from tests.conftest import Person
from tests.pages.forms import form_of, message_ids, submit


def numbers(page: str, place: str) -> tuple[int, int]:
    """What a page says is unread in a conversation or thread, and how much of it is for its reader."""
    found = re.search(rf'data-counts="{place}" data-unread="(\d+)" data-mentions="(\d+)"', page)
    assert found, page
    return int(found[1]), int(found[2])


def test_pages_show_what_is_unread_and_where_it_begins(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group, "@bob, who waters?")["id"]
    bob.post(f"/api/threads/{root}/read")
    second = anna.reply(root, "@bob?")["id"]
    anna.reply(second)
    path = f"/c/{group}/t/{root}"
    for page in (bob.get("/"), bob.get(f"/c/{group}"), bob.get(path), bob.get(f"/sidebar?conversation={group}")):
        assert numbers(page.text, group) == (2, 1)
    assert numbers(bob.get(f"/c/{group}").text, root) == (2, 1)
    page = bob.get(path)
    before, after = page.text.split('id="new"')
    assert f'id="m-{root}"' in before and f'id="m-{second}"' in after
    assert message_ids(page) == [root, second, anna.tree(root)["items"][-1]["id"]]
    assert 'id="new"' not in anna.get(path).text and numbers(anna.get(path).text, group) == (0, 0)


def test_an_answer_that_still_grows_is_not_marked_as_new(anna: Person) -> None:
    conversation = anna.converse()
    page = anna.get(f"/c/{conversation}/t/{anna.begin(conversation)['id']}").text
    assert 'data-status="streaming"' in page and 'id="new"' not in page


def test_what_is_new_begins_on_a_page_before(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    last = root = anna.begin(group)["id"]
    for _ in range(51):
        last = anna.reply(last)["id"]
    bob.post(f"/api/threads/{root}/read", {"message_id": root})
    path = f"/c/{group}/t/{root}"
    page = bob.get(path)
    [above] = re.findall(r'id="new"><a href="([^"]+)#new"', page.text)
    first = anna.tree(root)["items"][1]["id"]
    assert f'id="m-{first}"' not in page.text
    before, after = bob.get(html.unescape(above)).text.split('id="new"')
    assert f'id="m-{first}"' in after and f'id="m-{first}"' not in before
    assert 'id="new"' not in anna.get(path).text
    bob.post(f"/api/threads/{root}/read", {"message_id": message_ids(page)[1]})
    before, after = bob.get(path).text.split('id="new"')
    assert message_ids(page)[1] in before and message_ids(page)[2] in after


def test_marking_as_read_without_scripts(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group)["id"]
    other = anna.begin(group)["id"]
    path = f"/c/{group}/t/{root}"
    page = bob.get(path)
    anna.reply(root, "after the page was shown")
    done = submit(bob, page, f"{path}/read")
    assert done.status_code == 303 and done.location == path
    assert numbers(bob.get(f"/c/{group}").text, root) == (1, 0)
    done = submit(bob, bob.get(f"/c/{group}"), f"/c/{group}/read")
    assert done.status_code == 303 and done.location == f"/c/{group}"
    page = bob.get(f"/c/{group}")
    assert numbers(page.text, group) == numbers(page.text, other) == (0, 0)
    assert re.search(r'data-read-all="[^"]+" hidden', page.text)
    assert "/read" not in bob.get(path).text.split('id="messages"')[1]


def test_more_than_ninety_nine(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    for _ in range(100):
        root = anna.begin(group)["id"]
    page = bob.get("/").text
    assert numbers(page, group) == (100, 0) and '<span class="counts__number">99+</span>' in page
    bob.post(f"/api/threads/{root}/read")
    assert '<span class="counts__number">99</span>' in bob.get("/").text


def test_a_draft_is_in_its_field_on_every_device(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group)["id"]
    token = {"X-CSRF-TOKEN": bob.http.get_cookie("CSRF-TOKEN").value}
    path = f"/c/{group}/t/{root}"
    for place, text in ((root, "<b>I\nthink"), (group, "A new thread")):
        assert bob.http.put(f"/api/drafts/{place}", json={"content": text}, headers=token).status_code == 200
    assert form_of(bob.get(path), path).fields["content"] == "<b>I\nthink"
    assert form_of(bob.get(f"/c/{group}"), f"/c/{group}").fields["content"] == "A new thread"
    assert form_of(anna.get(path), path).fields["content"] == ""
    assert '<span class="counts__draft" >' in bob.get("/").text
    refused = submit(bob, bob.get(path), path, content=" ")
    assert refused.status_code == 422 and form_of(refused, path).fields["content"] == " "
    submit(bob, bob.get(path), path)
    assert form_of(bob.get(path), path).fields["content"] == ""
    submit(bob, bob.get(f"/c/{group}"), f"/c/{group}")
    assert '<span class="counts__draft" >' not in bob.get("/").text
