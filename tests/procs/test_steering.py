"""Whom a question goes to: other models, other assistants, other words."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, drafts, events, members, messages, threads
from tests.databases import Database
from tests.procs.conftest import post, reply


@pytest.fixture
def talk(anna: str) -> str:
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def palaver(database: Database) -> str:
    return database.query("select id::text from palaver.users where username = 'palaver'")[0][0]


def make_model(database: Database, name: str) -> str:
    return database.query(
        "insert into palaver.models (provider_id, name) select id, %s from palaver.providers limit 1 returning id::text",
        name,
    )[0][0]  # fmt: skip


def make_assistant(database: Database, name: str, says: str = "mentioned", model: str | None = None) -> str:
    [(made,)] = database.query(
        "insert into palaver.users (kind, username, display_name) values ('assistant', %s, initcap(%s)) returning id::text",
        name, name,
    )  # fmt: skip
    database.query("insert into palaver.topics (id) values (%s)", made)
    database.query("insert into palaver.assistants (user_id, answers, model_id) values (%s, %s, %s)", made, says, model)
    return made


def finish(content: str = "done") -> dict[str, Any]:
    [job] = answers.claim(1, 10)
    answers.finish(job["lease"], content, "stop", None, None, None)
    return job


def answers_to(actor: str, question: dict[str, Any]) -> list[dict[str, Any]]:
    tree = threads.tree(actor, question["root_id"], None, None, 200)["items"]
    return [m for m in tree if m["parent_id"] == question["id"] and m["role"] == "assistant"]


def contents(actor: str, root: str, through: str | None = None) -> list[str]:
    return [m["content"] for m in threads.tree(actor, root, None, None, 200, True, through)["items"]]


def test_another_model_answers_again(anna: str, talk: str, database: Database) -> None:
    small = make_model(database, "small")
    root = post(anna, talk, "q")
    first = finish("a1")["message_id"]
    assert messages.get(anna, first)["model_name"] == "local"
    again = messages.regenerate(anna, first, small)
    assert (again["model_id"], again["model_name"]) == (small, "small")
    [job] = answers.claim(1, 10)
    assert job["asked"]["model"]["name"] == "small" and job["message_id"] == again["id"]
    with pytest.raises(errors.Conflict, match="still answering"):
        messages.regenerate(anna, first)
    answers.finish(job["lease"], "a2", "stop", None, None, None)
    assert messages.regenerate(anna, again["id"])["model_name"] == "local"
    assert [m["siblings"] for m in answers_to(anna, root)] == [{"index": n, "count": 3} for n in range(3)]


def test_a_model_that_cannot_be_asked(anna: str, talk: str, database: Database) -> None:
    off = make_model(database, "off")
    question = post(anna, talk, "q")
    answer = finish()["message_id"]
    assert messages.regenerate(anna, answer, off)["model_name"] == "off"
    finish()
    database.query("update palaver.models set disabled_at = now() where id = %s", off)
    for asked in (
        lambda model: messages.regenerate(anna, answer, model),
        lambda model: messages.branch(anna, question["id"], "other", model=model),
        lambda model: messages.compare(anna, question["id"], [model, model]),
        lambda model: messages.post(anna, talk, None, "x", None, [], models=[model]),
    ):
        with pytest.raises(errors.Conflict, match="The model off is switched off"):
            asked(off)
        with pytest.raises(errors.Invalid, match="no such model"):
            asked(str(uuid.uuid4()))


def test_it_goes_on_with_the_model_that_began(anna: str, talk: str, database: Database) -> None:
    small, large = make_model(database, "small"), make_model(database, "large")
    post(anna, talk, "q")
    first = finish()["message_id"]
    cut = messages.regenerate(anna, first, small)["id"]

    def cut_it() -> dict[str, Any]:
        [job] = answers.claim(1, 10)
        answers.finish(job["lease"], "so far", "length", None, None, None)
        return job

    cut_it()
    messages.go_on(anna, cut)
    assert cut_it()["asked"]["model"]["name"] == "small"
    assert messages.go_on(anna, cut, large)["model_name"] == "large"
    assert cut_it()["asked"]["model"]["name"] == "large"
    database.query("update palaver.models set disabled_at = now() where id = %s", large)
    with pytest.raises(errors.Conflict, match="switched off"):
        messages.go_on(anna, cut, large)
    messages.go_on(anna, cut)
    assert cut_it()["asked"]["model"]["name"] == "local"


def test_another_assistant_answers_again(anna: str, talk: str, palaver: str, database: Database) -> None:
    coach = make_assistant(database, "coach", "never", make_model(database, "wise"))
    question = post(anna, talk, "q")
    answer = finish()["message_id"]
    with pytest.raises(errors.Invalid, match="not in the conversation"):
        messages.regenerate(anna, answer, None, coach)
    members.add(anna, talk, coach, "member")
    again = messages.regenerate(anna, answer, None, coach)
    assert (again["author"]["username"], again["model_name"]) == ("coach", "wise")
    # Another one need not wait for it.
    assert messages.regenerate(anna, answer)["author"]["id"] == palaver
    assert len(answers_to(anna, question)) == 3
    database.query("update palaver.users set disabled_at = now() where id = %s", coach)
    with pytest.raises(errors.Conflict, match="Coach is switched off"):
        messages.regenerate(anna, answer, None, coach)


def test_edit_and_ask_again(anna: str, talk: str) -> None:
    root = post(anna, talk, "q1")
    finish("a1")
    second = reply(anna, answers_to(anna, root)[0]["id"], "q2")
    finish("a2")
    drafts.save(anna, root["id"], "half a thought")
    client_id = str(uuid.uuid4())
    made = messages.branch(anna, second["id"], "q2, better", client_id)
    assert made["parent_id"] == second["parent_id"] and made["siblings"] == {"index": 1, "count": 2}
    assert messages.branch(anna, second["id"], "q2, better", client_id)["id"] == made["id"]
    finish("b2")
    assert contents(anna, root["id"]) == ["q1", "a1", "q2, better", "b2"]
    assert contents(anna, root["id"], second["id"]) == ["q1", "a1", "q2", "a2"]
    assert messages.get(anna, second["id"])["content"] == "q2"
    assert drafts.get(anna, root["id"]) == "half a thought"


def test_the_first_question_begins_a_thread_beside_it(anna: str, talk: str) -> None:
    root = post(anna, talk, "q1")
    finish("a1")
    second = messages.branch(anna, root["id"], "q1, better")
    third = messages.branch(anna, second["id"], "q1, best")
    assert (second["root_id"], second["version_of"], third["version_of"]) == (second["id"], root["id"], root["id"])
    shown = [messages.get(anna, m["id"])["siblings"] for m in (root, second, third)]
    assert shown == [{"index": n, "count": 3} for n in range(3)]
    assert [m["siblings"]["count"] for m in threads.tree(anna, root["id"], None, None, 9)["items"]] == [3, 1]
    assert messages.select(anna, third["id"], -1)["root_id"] == second["id"]
    assert messages.select(anna, second["id"], -1)["root_id"] == root["id"]
    assert messages.select(anna, root["id"], 1)["root_id"] == second["id"]
    with pytest.raises(errors.NotFound):
        messages.select(anna, third["id"], 1)
    listed = threads.page(anna, talk, None, 9)["items"]
    assert [t.get("version_of") for t in listed] == [root["id"], root["id"], None]
    said = [e["payload"]["message"] for e in events.log_after(0, 100) if e["kind"] == "message.new"]
    assert [m["siblings"] for m in said if m["id"] == third["id"]] == [{"index": 2, "count": 3}]


def test_who_asks_again_in_other_words(anna: str, bob: str, carol: str, group: str) -> None:
    said = post(anna, group, "mine")
    assert messages.branch(anna, said["id"], "@bob mine", mentions=["bob"])["mentions"][0]["id"] == bob
    for actor, error in ((bob, errors.Forbidden), (carol, errors.NotFound)):
        with pytest.raises(error):
            messages.branch(actor, said["id"], "mine")
    with pytest.raises(errors.Invalid, match="empty"):
        messages.branch(anna, said["id"], "  ")
    messages.delete(anna, said["id"])
    with pytest.raises(errors.Conflict, match="deleted"):
        messages.branch(anna, said["id"], "mine")
    members.set_role(anna, group, bob, "viewer")
    mine = post(anna, group, "again")
    conversations.update(anna, group, None, True)
    with pytest.raises(errors.Conflict, match="archived"):
        messages.branch(anna, mine["id"], "and again")


def test_asking_again_is_charged_as_a_post(anna: str, group: str) -> None:
    said = post(anna, group, "mine")["id"]
    charged = partial(messages.branch, anna, said, is_limited=True)
    assert charged("other words")["content"] == "other words"
    with pytest.raises(errors.RateLimited):
        list(map(charged, map(str, range(30))))


def test_a_mention_in_the_new_words_counts(anna: str, talk: str, palaver: str, database: Database) -> None:
    members.add(anna, talk, make_assistant(database, "coach"), "member")
    question = post(anna, talk, "q")
    finish()
    other = messages.branch(anna, question["id"], "@coach q", mentions=["coach"])
    assert [m["author"]["username"] for m in answers_to(anna, other)] == ["coach"]


def test_a_chosen_model_answers_where_nobody_is_addressed(
    anna: str, group: str, palaver: str, database: Database
) -> None:
    small = make_model(database, "small")
    with pytest.raises(errors.Invalid, match="not in the conversation"):
        messages.post(anna, group, None, "q", None, [], models=[small])
    members.add(anna, group, palaver, "member")
    assert answers_to(anna, post(anna, group, "q")) == []
    [answer] = answers_to(anna, messages.post(anna, group, None, "q", None, [], models=[small]))
    assert answer["model_name"] == "small"
