"""Which assistants answer: the kind of conversation, when they answer, and how they are spoken to."""

from __future__ import annotations

import itertools

import pytest

from app.core import errors
from app.models import answers, conversations, events, members, messages
from tests.databases import Database
from tests.procs.conftest import post, reply
from tests.procs.test_steering import answers_to, finish, make_assistant

KINDS = ("assistant", "group")
ANSWERS = ("always", "mentioned", "replied", "never")
SPOKEN = ("nothing", "mentioned", "replied", "other mentioned")


def expected(kind: str, says: str, spoken: str, chosen: bool) -> bool:
    """Does the coach answer? There is also Palaver, which is older."""
    if says == "never" or spoken == "other mentioned":
        return False
    if spoken == "mentioned" or says == "always":
        return True
    return (spoken == "replied" and says == "replied") or (kind == "assistant" and chosen)


@pytest.mark.parametrize("says", ANSWERS)
def test_when_an_assistant_answers(says: str, anna: str, database: Database) -> None:
    coach = make_assistant(database, "coach", says)
    palaver = database.query("select id::text from palaver.users where username = 'palaver'")[0][0]
    wrong = []
    for kind, chosen in itertools.product(KINDS, (False, True)):
        made = conversations.create(anna, kind, "T", [palaver, coach] if kind == "group" else [palaver], None)["id"]
        if kind == "assistant":
            members.add(anna, made, coach, "member")
        if chosen:
            conversations.update(anna, made, None, None, {"assistant_id": coach})
        root = post(anna, made, "@coach q", mentions=["coach"]) if says != "never" else post(anna, made, "q")
        if says == "never":
            messages.post(anna, None, root["id"], "x", None, ["palaver"])
            mine = messages.regenerate(anna, answers_of(database, root["root_id"]), None, coach)["id"]
        else:
            mine = answers_to(anna, root)[0]["id"]
        drain()
        for spoken in SPOKEN:
            parent = mine if spoken == "replied" else root["id"]
            names = {"mentioned": ["coach"], "other mentioned": ["palaver"]}.get(spoken, [])
            said = messages.post(anna, None, parent, "and?", None, names)
            found = coach in [m["author"]["id"] for m in answers_to(anna, said)]
            drain()
            if found != expected(kind, says, spoken, chosen):
                wrong.append((kind, says, spoken, chosen, found))
    assert not wrong


def answers_of(database: Database, root: str) -> str:
    return database.query(
        "select id::text from palaver.messages where root_id = %s and role = 'assistant' limit 1", root
    )[0][0]


def drain() -> None:
    for job in answers.claim(100, 10):
        answers.finish(job["lease"], "done", "stop", None, None, None)


def test_two_that_are_mentioned_answer_both(anna: str, database: Database) -> None:
    talk = conversations.create(anna, "assistant", "T", [], None)["id"]
    members.add(anna, talk, make_assistant(database, "coach"), "member")
    said = post(anna, talk, "@coach @palaver q", mentions=["coach", "palaver"])
    found = answers_to(anna, said)
    assert [m["author"]["username"] for m in found] == ["palaver", "coach"]
    assert [messages.get(anna, m["id"])["siblings"] for m in found] == [{"index": n, "count": 2} for n in range(2)]


def test_assistants_do_not_make_each_other_talk(anna: str, database: Database) -> None:
    both = [make_assistant(database, name, "always") for name in ("coach", "critic")]
    group = conversations.create(anna, "group", "G", both, None)["id"]
    said = post(anna, group, "q")
    assert len(answers_to(anna, said)) == 2
    for job in answers.claim(9, 10):
        answers.finish(job["lease"], "@critic @coach @all what do you think?", "stop", None, None, None)
    assert answers.claim(9, 10) == []
    found = answers_to(anna, said)
    assert [(m["mentions"], m["mentions_all"]) for m in found] == [([], False)] * 2
    [(n,)] = database.query("select count(*) from palaver.messages")
    assert n == 3


def test_assistants_come_and_go_in_a_conversation_with_one(anna: str, bob: str, database: Database) -> None:
    coach = make_assistant(database, "coach")
    made = conversations.create(anna, "assistant", "T", [], None)
    palaver = next(p["id"] for p in made["participants"] if p["kind"] == "assistant")
    talk = made["id"]
    members.add(anna, talk, coach, "member")
    conversations.update(anna, talk, None, None, {"assistant_id": coach})
    with pytest.raises(errors.Conflict, match="begin a group"):
        members.add(anna, talk, bob, "member")
    members.remove(anna, talk, coach)
    assert conversations.get(anna, talk)["assistant_id"] is None
    with pytest.raises(errors.Conflict, match="only assistant"):
        members.remove(anna, talk, palaver)
    members.add(anna, talk, coach, "member")
    members.remove(anna, talk, palaver)
    assert [m["author"]["id"] for m in answers_to(anna, post(anna, talk, "q"))] == [coach]


def test_the_assistant_and_the_instructions_of_a_conversation(
    anna: str, bob: str, carol: str, group: str, database: Database
) -> None:
    coach = make_assistant(database, "coach")
    with pytest.raises(errors.Invalid, match="not in the conversation"):
        conversations.update(anna, group, None, None, {"assistant_id": coach})
    members.add(anna, group, coach, "member")
    changed = conversations.update(anna, group, None, None, {"assistant_id": coach, "instructions": "In verse."})
    assert (changed["assistant_id"], changed["instructions"]) == (coach, "In verse.")
    assert conversations.update(anna, group, None, None, {})["instructions"] == "In verse."
    conversations.update(anna, group, None, None, {"assistant_id": coach, "instructions": "In verse."})
    said = [e["payload"]["conversation"] for e in events.log_after(0, 100) if e["kind"] == "conversation.updated"]
    assert [(c["assistant_id"], c["instructions"]) for c in said] == [(coach, "In verse.")]
    assert conversations.update(anna, group, None, None, {"assistant_id": None})["assistant_id"] is None
    post(anna, group, "@coach q", mentions=["coach"])
    [job] = answers.claim(1, 10)
    context = answers.context(job["lease"], 1000)
    assert context and context["instructions"] == "In verse."
    with pytest.raises(errors.Forbidden):
        conversations.update(bob, group, None, None, {"instructions": ""})
    with pytest.raises(errors.NotFound):
        conversations.update(carol, group, None, None, {"instructions": ""})
    direct = conversations.create(anna, "direct", None, [bob], None)["id"]
    with pytest.raises(errors.Conflict, match="no assistant in a direct"):
        conversations.update(anna, direct, None, None, {"instructions": "x"})


def test_a_conversation_begins_with_the_chosen_assistant(anna: str, bob: str, database: Database) -> None:
    coach = make_assistant(database, "coach")
    talk = conversations.create(anna, "assistant", "T", [], None, coach)
    assert [p["username"] for p in talk["participants"] if p["kind"] == "assistant"] == ["coach"]
    assert talk["assistant_id"] == coach
    assert [m["author"]["id"] for m in answers_to(anna, post(anna, talk["id"], "q"))] == [coach]
    group = conversations.create(anna, "group", "G", [bob], None, coach)
    assert group["assistant_id"] == coach and group["participant_count"] == 3
    for kind, others, chosen in (("direct", [bob], coach), ("group", [], bob), ("assistant", [bob], coach)):
        with pytest.raises(errors.Invalid):
            conversations.create(anna, kind, "x", others, None, chosen)
    database.query("update palaver.users set disabled_at = now() where id = %s", coach)
    with pytest.raises(errors.Invalid, match="switched off"):
        conversations.create(anna, "group", "x", [], None, coach)


def test_what_can_be_chosen(anna: str, carol: str, group: str, database: Database) -> None:
    assert conversations.choices(anna, group) == {
        "models": conversations.choices(anna, None)["models"],
        "assistants": [],
    }
    coach = make_assistant(database, "coach")
    members.add(anna, group, coach, "member")
    found = conversations.choices(anna, group)
    assert [a["username"] for a in found["assistants"]] == ["coach"]
    assert [m["name"] for m in found["models"]] == ["local"]
    assert [a["username"] for a in conversations.choices(anna, None)["assistants"]] == ["palaver", "coach"]
    with pytest.raises(errors.NotFound):
        conversations.choices(carol, group)


def test_a_reply_to_a_person_is_for_nobody(anna: str, bob: str, group: str, database: Database) -> None:
    members.add(anna, group, make_assistant(database, "coach", "replied"), "member")
    said = post(anna, group, "hello")
    assert answers_to(anna, reply(bob, said["id"])) == []
    called = post(anna, group, "@coach?", mentions=["coach"])
    finish()
    assert len(answers_to(anna, reply(bob, answers_to(anna, called)[0]["id"]))) == 1
