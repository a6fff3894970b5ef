"""Steering answers without scripts."""

from __future__ import annotations

import pytest

from app.models import answers, messages
from tests.conftest import Person
from tests.databases import Database
from tests.pages.forms import form_of, message_ids, submit
from tests.procs.test_steering import make_assistant, make_model


@pytest.fixture
def small(database: Database, anna: Person) -> str:
    """A second model."""
    return make_model(database, "small")


def asked(anna: Person, **more: str) -> tuple[str, str, str]:
    """The path of a thread, its question, and the answer to it, which is written."""
    conversation = anna.converse()
    root = anna.begin(conversation, "What is it?", **more)["id"]
    finish("It is a rose.")
    return f"/c/{conversation}/t/{root}", root, anna.tree(root)["items"][-1]["id"]


def finish(text: str, reason: str = "stop") -> None:
    for job in answers.claim(9, 10):
        answers.finish(job["lease"], text, reason, None, None, None)


def test_again_with_another_model(anna: Person, small: str) -> None:
    path, _root, answer = asked(anna)
    page = anna.get(path).text
    assert f'href="/messages/{answer}/again"' in page and "data-choices" in page and ">local</span>" in page
    form = anna.get(f"/messages/{answer}/again")
    made = submit(anna, form, f"/messages/{answer}/regenerate", model_id=small)
    assert made.status_code == 303 and made.location.startswith(f"{path}#m-")
    finish("Perhaps", "length")
    shown = anna.get(path).text
    assert ">small</span>" in shown and "2 / 2" in shown
    second = made.location.rpartition("#m-")[2]
    form = anna.get(f"/messages/{second}/again")
    assert "Continue with this model" in form.text
    fields = form_of(form, f"/messages/{second}/regenerate").fields
    goes_on = anna.http.post(f"/messages/{second}/continue", data=fields | {"model_id": small})
    assert goes_on.status_code == 303
    refused = submit(anna, form, f"/messages/{second}/regenerate", model_id=small)
    assert refused.status_code == 409 and "still answering" in refused.text and "Try again with" in refused.text


def test_where_nothing_can_be_chosen_nothing_is_offered(anna: Person) -> None:
    path, _root, _answer = asked(anna)
    page = anna.get(path).text
    assert "data-choices" not in page and "data-ask>" not in page
    assert "data-ask>" not in anna.get("/").text


def test_edit_and_ask_again(anna: Person, bob: Person) -> None:
    path, root, answer = asked(anna)
    second = anna.reply(answer, "And that?")["id"]
    finish("A tulip.")
    assert f'href="/messages/{second}/branch"' in anna.get(path).text
    form = anna.get(f"/messages/{second}/branch")
    address = f"/messages/{second}/branch"
    assert form_of(form, address).fields["content"] == "And that?" and "Ask again" in form.text
    made = submit(anna, form, address, content="And this?")
    assert made.location.startswith(f"{path}#m-")
    assert submit(anna, form, address, content="And this?").location == made.location  # sent twice
    shown = anna.get(path).text
    assert "And this?" in shown and "And that?" not in shown and "2 / 2" in shown
    refused = submit(anna, form, address, content="  ")
    assert refused.status_code == 422 and "is empty" in refused.text and "Ask again" in refused.text
    # The first question: a thread beside it, with the way back.
    finish("A daisy.")
    other = submit(anna, anna.get(f"/messages/{root}/branch"), f"/messages/{root}/branch", content="What are they?")
    beside = other.location.partition("#")[0]
    assert beside != path and "2 / 2" in anna.get(beside).text and "1 / 2" in anna.get(path).text
    conversation = path.split("/t/")[0]
    assert anna.get(conversation).location == beside
    back = anna.http.post(f"/messages/{beside.split('/t/')[1]}/select?step=-1", data=form_of(form, address).fields)
    assert back.location == f"{path}#m-{root}"
    assert bob.get(f"/messages/{root}/branch").status_code == 404


def test_two_models_side_by_side(anna: Person, small: str, database: Database) -> None:
    [(local,)] = database.query("select id::text from palaver.models where is_default")
    home = anna.get("/")
    assert "Ask two models" in home.text
    asked = submit(anna, home, "/", content="Which?", model_ids=[local, small])
    path = asked.location.partition("#")[0]
    page = anna.get(path)
    question, left, _right = message_ids(page)
    assert page.text.count('class="comparison"') == 1 and page.text.count("Keep this one") == 2
    assert ">local</span>" in page.text and ">small</span>" in page.text
    finish("done")
    token = form_of(home, "/").fields
    kept = anna.http.post(f"/messages/{left}/keep", data=token)
    assert kept.location == f"{path}#m-{left}"
    shown = anna.get(path)
    assert message_ids(shown) == [question, left] and "1 / 2" in shown.text and 'class="comparison"' not in shown.text
    # The same for a question that was asked before.
    form = anna.get(f"/messages/{question}/compare")
    address = f"/messages/{question}/compare"
    refused = submit(anna, form, address, model_ids=[local])
    assert refused.status_code == 422 and "two to four" in refused.text and "checked" in refused.text
    assert submit(anna, form, address, model_ids=[local, small]).status_code == 303
    assert len(message_ids(anna.get(path))) == 3


def test_what_is_compared_among_people(anna: Person, bob: Person, small: str, database: Database) -> None:
    coach = make_assistant(database, "coach")
    group = anna.converse("group", members=(bob,), assistant_id=coach)
    root = anna.begin(group, "Which?", model_ids=[small, small])["id"]
    finish("done")
    left, right = [m["id"] for m in anna.tree(root)["items"][1:]]
    bob.reply(right, "I like this one")
    page = bob.get(f"/c/{group}/t/{root}")
    assert page.text.count('class="comparison"') == 1 and len(message_ids(page)) == 4
    assert "to Coach" in page.text  # which of them he answers
    messages.keep(anna.id, left)
    page = bob.get(f"/c/{group}/t/{root}")
    assert 'class="comparison"' not in page.text and len(message_ids(page)) == 4


def test_the_assistant_and_instructions_of_a_conversation(anna: Person, bob: Person, database: Database) -> None:
    coach = make_assistant(database, "coach")
    form = anna.get("/conversations/new")
    assert f'value="{coach}"' in form.text
    assert "Choose who answers" in anna.get("/").text  # no title of a menu hides that assistants can be chosen
    hidden = {"member_ids": [bob.id]}  # chosen before another kind was, and out of sight since
    made = submit(
        anna, form, "/conversations/new", kind="assistant", assistant_id=coach, do="create", **hidden
    ).location
    settings = f"{made}/settings"
    page = anna.get(settings)
    assert "Coach" in page.text and "Add assistants" in page.text
    [palaver] = database.query("select id::text from palaver.users where username = 'palaver'")[0]
    assert submit(anna, page, f"{made}/people", member_ids=[palaver], role="member", do="add").status_code == 303
    said = submit(
        anna, anna.get(settings), settings, assistant_id=palaver, instructions=" In verse.\r\nBriefly. ", do="steer"
    )
    assert said.status_code == 303
    found = anna.get(f"/api/conversations/{made[3:]}").json
    assert (found["assistant_id"], found["instructions"]) == (palaver, "In verse.\nBriefly.")
    refused = submit(anna, anna.get(settings), settings, instructions="x" * 8193, do="steer")
    assert refused.status_code == 422 and "at most 8,192" in refused.text
    group = anna.converse("group", members=(bob,))
    assert "Instructions" not in bob.get(f"/c/{group}/settings").text
    submit(anna, anna.get(f"/c/{group}/settings"), f"/c/{group}/settings", instructions="Be kind.", do="steer")
    assert "Be kind." in bob.get(f"/c/{group}/settings").text
