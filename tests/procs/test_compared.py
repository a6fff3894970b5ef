"""Two to four answers side by side, and one of them kept."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, events, members, messages, threads
from tests.databases import Database
from tests.procs.conftest import post, reply
from tests.procs.test_answers import piece
from tests.procs.test_steering import answers_to, contents, finish, make_assistant, make_model


@pytest.fixture
def talk(anna: str) -> str:
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def two(database: Database) -> list[str]:
    return [make_model(database, name) for name in ("left", "right")]


@pytest.fixture
def crowd(anna: str, bob: str, group: str, database: Database) -> str:
    """A group with an assistant."""
    members.add(anna, group, make_assistant(database, "coach"), "member")
    return group


def asked(actor: str, conversation: str, models: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    question = messages.post(actor, conversation, None, "q", None, [], models=models)
    return question, answers_to(actor, question)


def leaf(actor: str, root: str) -> str:
    return threads.tree(actor, root, None, None, 1)["selected_leaf_id"]


def test_two_models_are_asked_with_the_question(anna: str, talk: str, two: list[str]) -> None:
    question, found = asked(anna, talk, two)
    assert [m["model_name"] for m in found] == ["left", "right"] and {m["status"] for m in found} == {"streaming"}
    assert found[0]["comparison_id"] == found[1]["comparison_id"]
    rows = answers.claim(9, 10)
    assert sorted(row["asked"]["model"]["name"] for row in rows) == ["left", "right"]
    for row in rows:  # both grow at the same time
        answers.append([piece(row, 0, "so "), piece(row, 1, "far")])
    # The branch shows both, whole, whichever it leads through, and on every page.
    for through in (None, found[0]["id"], found[1]["id"]):
        assert contents(anna, question["root_id"], through) == ["q", "so far", "so far"]
    page = threads.tree(anna, question["root_id"], None, None, 1, True)
    assert [m["id"] for m in page["items"]] == [m["id"] for m in found] and page["previous"]
    assert [
        m["id"] for m in threads.tree(anna, question["root_id"], None, int(page["previous"]), 9, True)["items"]
    ] == [question["id"]]


def test_a_question_that_was_answered_is_compared(
    anna: str, bob: str, carol: str, crowd: str, two: list[str], database: Database
) -> None:
    question = post(anna, crowd, "q")
    made = messages.compare(bob, question["id"], [two[0], two[1], two[0], two[0]])
    assert len(made["items"]) == 4 and made["question_id"] == question["id"]
    assert {m["author"]["username"] for m in made["items"]} == {"coach"}
    assert [m["siblings"]["index"] for m in made["items"]] == [0, 1, 2, 3]
    with pytest.raises(errors.Conflict, match="still answering"):
        messages.compare(anna, question["id"], two)
    with pytest.raises(errors.NotFound):
        messages.compare(carol, question["id"], two)
    for wrong in ([], two[:1], [*two, *two, two[0]]):
        with pytest.raises(errors.Invalid, match="two to four"):
            messages.compare(anna, post(anna, crowd, "x")["id"], wrong)
    with pytest.raises(errors.Invalid, match="Only a question"):
        messages.compare(anna, made["items"][0]["id"], two)
    with pytest.raises(errors.Invalid, match="no such model"):
        messages.compare(anna, post(anna, crowd, "x")["id"], [two[0], str(uuid.uuid4())])
    alone = conversations.create(anna, "group", "Alone", [], None)["id"]
    with pytest.raises(errors.Invalid, match="no assistant in this conversation"):
        messages.compare(anna, post(anna, alone, "x")["id"], two)


def test_a_named_assistant_is_compared(anna: str, crowd: str, two: list[str], database: Database) -> None:
    critic = make_assistant(database, "critic", "never")
    question = post(anna, crowd, "q")
    with pytest.raises(errors.Invalid, match="not in the conversation"):
        messages.compare(anna, question["id"], two, critic)
    members.add(anna, crowd, critic, "member")
    assert {m["author"]["id"] for m in messages.compare(anna, question["id"], two, critic)["items"]} == {critic}
    # When none is named: who is mentioned, who was chosen for the conversation, who answers at all.
    for names, wanted in ((["critic"], "critic"), ([], "coach")):
        said = post(anna, crowd, "q", mentions=names)
        assert {m["author"]["username"] for m in messages.compare(anna, said["id"], two)["items"]} == {wanted}
    conversations.update(anna, crowd, None, None, {"assistant_id": critic})
    said = post(anna, crowd, "q")
    assert {m["author"]["username"] for m in messages.compare(anna, said["id"], two)["items"]} == {"critic"}


def test_one_is_kept(anna: str, bob: str, crowd: str, two: list[str], make_user: Any) -> None:
    dora = make_user("dora")
    members.add(anna, crowd, dora, "member")
    question, (left, right) = asked(anna, crowd, two)
    for _ in two:
        finish()
    root = question["root_id"]
    below = reply(dora, right["id"], "I take that one")["id"]
    assert (leaf(anna, root), leaf(bob, root), leaf(dora, root)) == (below, below, below)
    kept = messages.keep(anna, left["id"])
    assert kept["growing"] == [] and "comparison_id" not in kept["message"]
    assert "comparison_id" not in messages.get(anna, right["id"])
    # Everybody goes there but who has chosen another one; the others are versions beside it.
    assert (leaf(anna, root), leaf(bob, root), leaf(dora, root)) == (left["id"], left["id"], below)
    assert contents(bob, root) == ["q", "done"] and kept["message"]["siblings"] == {"index": 0, "count": 2}
    assert messages.select(bob, left["id"], 1)["leaf_id"] == below
    messages.select(bob, left["id"])
    more = reply(anna, left["id"], "go on")["id"]
    assert (leaf(anna, root), leaf(bob, root), leaf(dora, root)) == (more, more, below)
    late = make_user("late")
    members.add(anna, crowd, late, "member")
    reply(dora, below, "still here")
    assert leaf(late, root) == more
    [ended] = [e for e in events.log_after(0, 200) if e["kind"] == "comparison.ended"]
    assert ended["payload"]["message_id"] == left["id"] and ended["payload"]["comparison_id"] == left["comparison_id"]


def test_who_keeps(anna: str, bob: str, carol: str, crowd: str, two: list[str]) -> None:
    _question, (left, right) = asked(anna, crowd, two)
    with pytest.raises(errors.NotFound):
        messages.keep(carol, left["id"])
    with pytest.raises(errors.Forbidden, match="Only the person who asked"):
        messages.keep(bob, left["id"])
    members.set_role(anna, crowd, bob, "admin")
    assert messages.keep(bob, left["id"])["growing"] == [right["id"]]
    assert messages.keep(anna, left["id"])["message"]["id"] == left["id"]  # as it is already
    with pytest.raises(errors.Conflict, match="Another answer was kept"):
        messages.keep(anna, right["id"])
    finish()
    finish()
    again = messages.regenerate(anna, left["id"])["id"]
    with pytest.raises(errors.Invalid, match="no answer that is compared"):
        messages.keep(anna, again)


def test_a_deleted_one_is_not_kept(anna: str, talk: str, two: list[str]) -> None:
    _question, (left, right) = asked(anna, talk, two)
    for answer in (left, right):
        messages.cancel(anna, answer["id"])
    messages.delete(anna, left["id"])
    with pytest.raises(errors.Conflict, match="deleted"):
        messages.keep(anna, left["id"])
    messages.keep(anna, right["id"])


def test_kept_while_it_grows(anna: str, talk: str, two: list[str]) -> None:
    question, (left, right) = asked(anna, talk, two)
    rows = {row["message_id"]: row for row in answers.claim(9, 10)}
    answers.append([piece(rows[left["id"]], 0, "some")])
    kept = messages.keep(anna, left["id"])
    assert kept["message"]["status"] == "streaming" and kept["growing"] == [right["id"]]
    answers.append([piece(rows[left["id"]], 1, " more")])
    answers.finish(rows[left["id"]]["lease"], "some more", "stop", None, None, None)
    answers.finish(rows[right["id"]]["lease"], "late", "cancelled", None, None, None)
    assert contents(anna, question["root_id"]) == ["q", "some more"]
    assert contents(anna, question["root_id"], right["id"]) == ["q", "late"]


def test_one_of_two_is_stopped_and_goes_on(anna: str, talk: str, two: list[str]) -> None:
    _question, (left, right) = asked(anna, talk, two)
    rows = {row["message_id"]: row for row in answers.claim(9, 10)}
    answers.append([piece(rows[left["id"]], 0, "some")])
    messages.cancel(anna, left["id"])
    told = answers.heartbeat([row["lease"] for row in rows.values()], 10)
    assert told["cancelled"] == [rows[left["id"]]["lease"]]
    answers.finish(rows[left["id"]]["lease"], "some", "cancelled", None, None, None)
    assert messages.get(anna, right["id"])["status"] == "streaming"
    assert messages.go_on(anna, left["id"])["comparison_id"] == left["comparison_id"]
    with pytest.raises(errors.Conflict, match="still answering"):
        messages.regenerate(anna, left["id"])


def test_two_keep_at_once(anna: str, crowd: str, two: list[str]) -> None:
    question, found = asked(anna, crowd, two)

    def keep(answer: dict[str, Any]) -> str | None:
        try:
            return messages.keep(anna, answer["id"])["message"]["id"]
        except errors.Conflict:
            return None

    with ThreadPoolExecutor(2) as pool:
        [kept] = [one for one in pool.map(keep, found) if one]
    assert leaf(anna, question["root_id"]) == kept


def test_two_ask_again_at_once(anna: str, bob: str, crowd: str, two: list[str]) -> None:
    question = messages.post(anna, crowd, None, "q", None, [], models=two[:1])
    answer = finish()["message_id"]

    def again(n: int) -> str | None:
        try:
            if n < 2:
                return messages.regenerate((anna, bob)[n], answer, two[n])["id"]
            return messages.compare((anna, bob)[n - 2], question["id"], two)["comparison_id"]
        except errors.Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert len([made for made in pool.map(again, range(4)) if made]) == 1


def test_keeping_and_ending_at_once(anna: str, crowd: str, two: list[str], database: Database) -> None:
    for _ in range(5):
        question, found = asked(anna, crowd, two)
        rows = {row["message_id"]: row for row in answers.claim(9, 10)}

        def act(n: int, found: list[dict[str, Any]] = found, rows: dict[str, Any] = rows) -> None:
            if n == 0:
                messages.keep(anna, found[0]["id"])
            elif n == 1:
                messages.cancel(anna, found[1]["id"])
            else:
                answers.finish(rows[found[n - 2]["id"]]["lease"], "text", "stop", None, None, None)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(act, range(4)))
        assert contents(anna, question["root_id"]) == ["q", "text"]
    assert database.query("select count(*) from palaver.messages where status = 'streaming'") == [(0,)]
