from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from app.blueprints.pages.words import excerpt
from app.core import markdown
from tests.conftest import Person
from tests.databases import Database
from tests.pages.forms import form_of, message_ids, submit


def thread_of(person: Person, content: str = "hello") -> tuple[str, str]:
    """The path of a new thread in a group, and its root."""
    conversation = person.converse("group", title="Garden")
    root = person.begin(conversation, content)["id"]
    return f"/c/{conversation}/t/{root}", root


def test_messages_are_rendered_safely(anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "COLOURING_SECONDS", 60.0)  # the first code of a language makes its lexer
    path, _ = thread_of(
        anna, "**bold** <script>alert(1)</script> [x](javascript:alert(2))\n\n```python\ndef f(): ...\n```"
    )
    page = anna.get(path).text
    assert "<strong>bold</strong>" in page and '<span class="k">def</span>' in page
    assert "<script>alert" not in page and 'href="javascript' not in page


def test_a_reply_answers_the_last_message(anna: Person) -> None:
    path, root = thread_of(anna)
    second = anna.reply(root, "second")["id"]
    done = submit(anna, anna.get(path), path, content="third")
    assert done.status_code == 303 and done.location.startswith(f"{path}#m-")
    assert anna.tree(root)["items"][-1]["parent_id"] == second
    assert "message__to" not in anna.get(path).text


def test_the_beginning_of_a_text_leaves_out_what_it_quotes() -> None:
    assert excerpt("> **Anna**:\n> who?\n\nNot\nme") == "Not me"
    assert excerpt("> only\n> that") == "> only > that"
    assert excerpt("x" * 20, 5) == "xxxx…" and excerpt(None) == ""


def test_a_chosen_message_is_answered_and_named(anna: Person, bob: Person) -> None:
    path, root = thread_of(anna, "Who brings the *boards*?")
    anna.reply(root, "second")
    page = anna.get(f"{path}?reply={root}")
    assert "Replying to" in page.text
    submit(anna, page, path, content="I do")
    shown = anna.get(path).text
    assert f'<a class="message__to" href="#m-{root}">' in shown and "to anna: Who brings the" in shown


def test_sending_twice_posts_once(anna: Person) -> None:
    path, root = thread_of(anna)
    page = anna.get(path)
    assert submit(anna, page, path, content="yes").location == submit(anna, page, path, content="yes").location
    assert len(anna.tree(root)["items"]) == 2


def test_an_error_keeps_text_choice_and_client_id(anna: Person) -> None:
    path, root = thread_of(anna)
    anna.reply(root, "second")
    page = anna.get(f"{path}?reply={root}")
    refused = submit(anna, page, path, content="x" * 65_537)
    before, after = form_of(page, path).fields, form_of(refused, path).fields
    assert refused.status_code == 422 and len(after["content"]) == 65_537
    assert (after["client_id"], after["parent_id"]) == (before["client_id"], root)


def test_while_the_assistant_answers_a_second_question_waits(anna: Person) -> None:
    asked = submit(anna, anna.get("/"), "/", content="Hello").location
    refused = submit(anna, anna.get(asked), asked, content="And one more thing")
    assert refused.status_code == 409 and "still answering" in refused.text
    assert form_of(refused, asked).fields["content"] == "And one more thing"


def test_long_threads_come_in_pages(anna: Person) -> None:
    path, root = thread_of(anna, "number 0.")
    ids, last = [root], root
    for number in range(1, 120):
        last = anna.reply(last, f"number {number}.")["id"]
        ids.append(last)
    page, seen = anna.get(path), list[str]()
    assert 'data-tail="true"' in page.text
    for _ in range(5):
        seen = message_ids(page) + seen
        earlier = re.search(r'id="earlier" href="([^"]+)"', page.text)
        if not earlier:
            break
        page = anna.get(earlier[1])
        assert 'data-tail="false"' in page.text and 'id="composer"' not in page.text
    assert seen == ids
    assert "message__to" not in page.text


def test_a_message_has_an_address(anna: Person) -> None:
    _path, root = thread_of(anna)
    first = anna.reply(root, "first")["id"]
    last = first
    for number in range(60):
        last = anna.reply(last, str(number))["id"]
    found = anna.get(f"/messages/{first}")
    target = urlsplit(found.location)
    assert found.status_code == 303 and target.fragment == f"m-{first}"
    assert message_ids(anna.get(f"{target.path}?{target.query}"))[0] == first


def test_strange_addresses_are_answered(anna: Person) -> None:
    path, root = thread_of(anna)
    other, _ = thread_of(anna)
    for query in ("before=99999999999999999999999", "after=x", "reply=nonsense", "before=1&after=-2"):
        assert anna.get(f"{path}?{query}").status_code == 200, query
    for query in ("before=-5", "after=99999999999999999999"):
        assert anna.get(f"{path}?{query}").location == path
    assert anna.get(f"{other.split('/t/')[0]}/t/{root}").status_code == 404
    assert anna.get(f"{other}?reply={root}").status_code == 422


def test_stopping_and_trying_again_without_scripts(anna: Person) -> None:
    asked = submit(anna, anna.get("/"), "/", content="Hello").location
    page = anna.get(asked)
    answer = message_ids(page)[1]
    token = form_of(page, "").fields
    assert f'formaction="/messages/{answer}/cancel"' in page.text
    stopped = anna.http.post(f"/messages/{answer}/cancel", data=token)
    assert stopped.location == f"{asked}#m-{answer}"
    assert "Stopped" in anna.get(asked).text
    again = anna.http.post(f"/messages/{answer}/regenerate", data=token)
    assert again.status_code == 303
    page = anna.get(asked)
    shown = message_ids(page)
    assert len(shown) == 2 and shown[1] != answer and "2 / 2" in page.text
    before = anna.http.post(f"/messages/{shown[1]}/select?step=-1", data=token)
    assert before.location == f"{asked}#m-{answer}"
    assert message_ids(anna.get(asked))[1] == answer and "1 / 2" in anna.get(asked).text
    linked = anna.get(anna.get(f"/messages/{shown[1]}").location)
    assert message_ids(linked) == [shown[1]]  # a link leads into its own branch, whatever one looks at
    assert anna.http.post(f"/messages/{answer}/select?step=-1", data=token).status_code == 404


def test_letting_an_answer_go_on_without_scripts(anna: Person, database: Database) -> None:
    asked = submit(anna, anna.get("/"), "/", content="Hello").location
    answer = message_ids(anna.get(asked))[1]
    token = form_of(anna.get(asked), "").fields
    anna.http.post(f"/messages/{answer}/cancel", data=token)
    assert "/continue" not in anna.get(asked).text  # there is nothing to go on from
    database.query("update palaver.messages set content = 'So **far**' where id = %s", answer)
    assert f'formaction="/messages/{answer}/continue"' in anna.get(asked).text
    assert anna.http.post(f"/messages/{answer}/continue", data=token).location == f"{asked}#m-{answer}"
    page = anna.get(asked).text
    assert "So **far**" in page and f'formaction="/messages/{answer}/cancel"' in page and "Stopped" not in page
    assert anna.http.post(f"/messages/{answer}/continue", data=token).status_code == 409


def test_who_may_only_read_gets_no_form(anna: Person, bob: Person, database: Database) -> None:
    conversation = anna.converse("group", members=(bob,))
    root = anna.begin(conversation)["id"]
    database.query("update palaver.members set role = 'viewer' where user_id = %s", bob.id)
    for path in (f"/c/{conversation}", f"/c/{conversation}/t/{root}"):
        page = bob.get(path).text
        assert "You may read here but not write" in page and 'id="composer"' not in page
