from __future__ import annotations

from typing import Any

import pytest

from app.core import errors
from app.models import answers, conversations, messages, threads
from tests.databases import Database
from tests.procs.conftest import post, reply


@pytest.fixture
def talk(anna: str) -> str:
    return conversations.create(anna, "assistant", "Talk", [], None)["id"]


def branch(actor: str, root: str, through: str | None = None) -> list[str]:
    return [m["content"] for m in threads.tree(actor, root, None, None, 200, True, through)["items"]]


def finish(content: str) -> dict[str, Any]:
    [job] = answers.claim(1, 10)
    answers.finish(job["lease"], content, "stop", None, None, None)
    return job


def test_the_branch_of_the_one_who_asks_again(anna: str, talk: str) -> None:
    root = post(anna, talk, "q1")["id"]
    first = finish("a1")["message_id"]
    reply(anna, first, "q2")
    finish("a2")
    assert branch(anna, root) == ["q1", "a1", "q2", "a2"]
    second = messages.regenerate(anna, first)
    finish("b1")
    assert branch(anna, root) == ["q1", "b1"]
    page = threads.tree(anna, root, None, None, 200, True)
    assert page["selected_leaf_id"] == second["id"] and page["items"][1]["siblings"] == {"index": 1, "count": 2}
    assert messages.select(anna, first)["root_id"] == root
    assert branch(anna, root) == ["q1", "a1", "q2", "a2"]
    assert branch(anna, root, second["id"]) == ["q1", "b1"]
    assert len(threads.tree(anna, root, None, None, 200)["items"]) == 5


def test_everybody_has_a_branch_of_his_own(anna: str, bob: str, group: str) -> None:
    root = post(anna, group, "root")["id"]
    left, right = reply(anna, root, "left"), reply(bob, root, "right")
    assert branch(bob, root) == ["root", "right"]
    assert branch(anna, root) == ["root", "right"]  # nothing chosen: the newest
    messages.select(anna, left["id"])
    reply(bob, right["id"], "further right")
    assert branch(anna, root) == ["root", "left"]
    reply(bob, left["id"], "further left")
    assert branch(anna, root) == ["root", "left", "further left"]  # who stood at the end goes on with it
    assert branch(bob, root) == ["root", "left", "further left"]  # who writes stands where he wrote
    assert messages.select(bob, root)["leaf_id"] == threads.tree(bob, root, None, None, 1)["selected_leaf_id"]
    assert branch(bob, root) == ["root", "right", "further right"]


def test_strangers_choose_nothing(anna: str, carol: str, group: str) -> None:
    root, other = post(anna, group), post(anna, group)
    assert messages.select(anna, root["id"])["leaf_id"] == root["id"]
    with pytest.raises(errors.NotFound):
        messages.select(carol, root["id"])
    with pytest.raises(errors.NotFound):
        branch(anna, root["id"], other["id"])


def test_a_branch_of_ten_thousand_is_read_page_by_page(anna: str, group: str, database: Database) -> None:
    root = post(anna, group, "m0")["id"]
    database.query(
        "with made as (select n, case when n = 0 then %s::uuid else palaver.new_id() end as id"
        "              from generate_series(0, 9999) n)"
        " insert into palaver.messages (id, conversation_id, root_id, parent_id, seq, depth, author_id, role, content)"
        " select c.id, m.conversation_id, m.id, p.id, 1000 + c.n, c.n + 1, m.author_id, 'user', 'm' || c.n"
        " from made c join made p on p.n = c.n - 1 join palaver.messages m on m.id = %s",
        root,
        root,
    )
    newest = threads.tree(anna, root, None, None, 50, True)
    assert [m["content"] for m in newest["items"]] == [f"m{n}" for n in range(9950, 10_000)] and newest["next"] is None
    earlier = threads.tree(anna, root, None, int(newest["previous"]), 50, True)
    assert [m["content"] for m in earlier["items"]] == [f"m{n}" for n in range(9900, 9950)]
    later = threads.tree(anna, root, int(earlier["items"][-1]["seq"]), None, 30, True)
    assert (
        [m["content"] for m in later["items"]] == [f"m{n}" for n in range(9950, 9980)]
        and later["next"]
        and later["previous"]
    )
    first = threads.tree(anna, root, 0, None, 2, True)
    assert [m["content"] for m in first["items"]] == ["m0", "m1"] and first["previous"] is None
    assert messages.select(anna, root)["leaf_id"] == newest["items"][-1]["id"]
