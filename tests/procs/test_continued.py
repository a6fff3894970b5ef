"""An answer that was cut short goes on in the same message, and loses nothing of what it had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, events, messages
from tests.databases import Database
from tests.procs.conftest import post, reply
from tests.procs.test_answers import claimed, expire, piece


@pytest.fixture
def talk(anna: str) -> str:
    """A conversation of anna with the assistant."""
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


@pytest.fixture
def cut(anna: str, talk: str) -> str:
    """An answer that was stopped after some words."""
    return ended(anna, talk, "Once upon", "cancelled")


def ended(anna: str, talk: str, text: str, reason: str) -> str:
    post(anna, talk, "Tell")
    row = claimed()
    if text:
        answers.append([piece(row, n, part) for n, part in enumerate((text[:2], text[2:]))])
    answers.finish(row["lease"], text, reason, "m1", {"total_tokens": 3}, {"code": "X"} if reason == "error" else None)
    return row["message_id"]


def text_of(actor: str, message: str) -> tuple[str, str, str | None]:
    found = messages.get(actor, message)
    return found["content"], found["status"], found["finish_reason"]


def test_it_grows_from_piece_1_and_ends(anna: str, talk: str, cut: str, database: Database) -> None:
    before = messages.get(anna, cut)
    goes_on = messages.go_on(anna, cut)
    assert (goes_on["status"], goes_on["content"], goes_on["finish_reason"]) == ("streaming", "Once upon", None)
    assert (goes_on["seq"], goes_on["requested_by"]) == (before["seq"], before["requested_by"])
    assert messages.chunks(anna, cut, 0, 9) == [{"message_id": cut, "idx": 0, "content": "Once upon"}]
    [growing] = events.open_stream(anna, talk, None, None, 10)["growing"]
    assert (growing["content"], growing["next_idx"]) == ("Once upon", 1)
    events.publish()
    said = [e for e in events.log_after(0, 100) if e["kind"] == "message.updated"]
    assert [e["payload"]["message"]["content"] for e in said] == ["Once upon"]
    assert said[0]["payload"]["message"]["status"] == "streaming"

    row = claimed()
    assert (row["message_id"], row["so_far"]) == (cut, "Once upon")
    context = answers.context(row["lease"], 1000)
    assert context and context["so_far"] == "Once upon" and [t["content"] for t in context["turns"]] == ["Tell"]
    answers.append([piece(row, 1, " a time")])
    assert text_of(anna, cut) == ("Once upon a time", "streaming", None)
    answers.finish(row["lease"], "Once upon a time.", "stop", None, None, None)
    assert text_of(anna, cut) == ("Once upon a time.", "complete", "stop")
    done = messages.get(anna, cut)
    assert (done["model"], done["usage"], done["siblings"]["count"]) == ("m1", {"total_tokens": 3}, 1)
    [(words,)] = database.query("select words from palaver.search where message_id = %s", cut)
    assert words == "once upon a time"


def test_however_it_was_cut_short(anna: str, talk: str) -> None:
    for reason in ("length", "interrupted", "timeout", "error"):
        goes_on = messages.go_on(anna, ended(anna, talk, "some text", reason))
        assert (goes_on["status"], goes_on["content"], goes_on["error"]) == ("streaming", "some text", None)
        messages.cancel(anna, goes_on["id"])


def test_what_cannot_go_on_says_why(anna: str, talk: str, cut: str, database: Database) -> None:
    for message, word in ((ended(anna, talk, "all", "stop"), "complete"), (ended(anna, talk, "", "error"), "no text")):
        with pytest.raises(errors.Conflict, match=word):
            messages.go_on(anna, message)
    with pytest.raises(errors.Invalid):
        messages.go_on(anna, messages.get(anna, cut)["root_id"])
    messages.delete(anna, cut)
    with pytest.raises(errors.Conflict, match="deleted"):
        messages.go_on(anna, cut)
    messages.restore(anna, cut, 1)
    again = messages.regenerate(anna, cut)
    with pytest.raises(errors.Conflict, match="still answering"):
        messages.go_on(anna, cut)
    messages.cancel(anna, again["id"])
    database.query("update palaver.messages set content = repeat('x', 262144) where id = %s", cut)
    with pytest.raises(errors.Conflict, match="as long as"):
        messages.go_on(anna, cut)
    database.query("update palaver.messages set content = 'short' where id = %s", cut)
    assert messages.go_on(anna, cut)["status"] == "streaming"
    with pytest.raises(errors.Conflict, match="still answering"):
        messages.go_on(anna, cut)


def test_who_was_replied_to_does_not_change(anna: str, cut: str) -> None:
    reply(anna, cut, "And then?")
    with pytest.raises(errors.Conflict, match="replied"):
        messages.go_on(anna, cut)


def test_who_may(anna: str, bob: str, carol: str, make_user: Callable[..., str], database: Database) -> None:
    [(robot,)] = database.query("select id::text from palaver.users where kind = 'assistant'")
    group = conversations.create(anna, "group", "G", [bob, carol, robot], None)["id"]
    database.query("update palaver.members set role = 'viewer' where user_id = %s", carol)
    post(anna, group, "@palaver hi", mentions=["palaver"])
    row = claimed()
    answers.finish(row["lease"], "Well", "length", None, None, None)
    for actor, refusal in ((carol, errors.Forbidden), (make_user("dave"), errors.NotFound)):
        with pytest.raises(refusal):
            messages.go_on(actor, row["message_id"])
    assert messages.go_on(bob, row["message_id"])["requested_by"] == anna
    assert messages.cancel(bob, row["message_id"])["content"] == "Well"  # it is his to stop


def test_stopped_before_the_first_new_piece_it_keeps_its_text(anna: str, cut: str, database: Database) -> None:
    for is_claimed in (False, True):
        messages.go_on(anna, cut)
        if is_claimed:
            claimed()
        messages.cancel(anna, cut)
        expire(database)
        answers.reap()
        assert text_of(anna, cut) == ("Once upon", "interrupted", "cancelled")
        assert answers.claim(5, 10) == []


def test_a_writer_that_died_before_it_began_is_replaced_three_times_at_most(
    anna: str, cut: str, database: Database
) -> None:
    messages.go_on(anna, cut)
    for _ in range(3):
        assert claimed()["so_far"] == "Once upon"
        expire(database)
        answers.reap()
    assert text_of(anna, cut) == ("Once upon", "interrupted", "interrupted")


def test_a_writer_that_died_in_the_middle_leaves_all_of_it(anna: str, cut: str, database: Database) -> None:
    messages.go_on(anna, cut)
    row: dict[str, Any] = claimed()
    answers.append([piece(row, 1, " a")])
    assert not answers.release(row["lease"])
    expire(database)
    answers.reap()
    assert text_of(anna, cut) == ("Once upon a", "interrupted", "interrupted")


def test_what_was_not_begun_is_given_back(anna: str, cut: str) -> None:
    messages.go_on(anna, cut)
    assert answers.release(claimed()["lease"])
    assert claimed()["so_far"] == "Once upon"


def test_a_deleted_text_leaves_the_event_that_it_went_on_with(anna: str, cut: str) -> None:
    messages.go_on(anna, cut)
    messages.cancel(anna, cut)
    events.publish()
    assert "Once upon" in str(events.log_after(0, 100))
    messages.delete(anna, cut)
    assert "Once upon" not in str(events.log_after(0, 100))
