from __future__ import annotations

import pytest

from app.core import errors
from app.models import conversations, drafts, threads
from tests.databases import Database
from tests.procs.conftest import post, reply


def places(actor: str) -> list[str]:
    return [item["place"] for item in drafts.page(actor, None, 200)["items"]]


def test_what_is_typed_is_kept_for_its_writer_alone(anna: str, bob: str, group: str) -> None:
    root = post(anna, group)["id"]
    kept = drafts.save(bob, root, "I think")
    assert (kept["place"], kept["conversation_id"], kept["content"]) == (root, group, "I think")
    drafts.save(bob, group, "A new thread")
    assert drafts.get(bob, root) == "I think" and drafts.get(bob, group) == "A new thread"
    assert drafts.get(anna, root) == "" and places(anna) == []
    assert conversations.get(bob, group)["has_draft"] and not conversations.get(anna, group)["has_draft"]
    assert [t["has_draft"] for t in threads.page(bob, group, None, 9)["items"]] == [True]
    drafts.save(bob, root, "I think so")
    assert places(bob) == [root, group] and drafts.get(bob, root) == "I think so"
    assert drafts.save(bob, root, " \n")["content"] == ""
    drafts.save(bob, root, "")
    assert places(bob) == [group]
    assert [t["has_draft"] for t in threads.page(bob, group, None, 9)["items"]] == [False]


def test_what_is_sent_is_no_draft_any_more(anna: str, bob: str, group: str) -> None:
    root = post(anna, group)["id"]
    for place in (root, group):
        drafts.save(bob, place, "not yet")
        drafts.save(anna, place, "neither")
    reply(bob, reply(anna, root)["id"])
    assert places(bob) == [group] and places(anna) == [group]
    post(bob, group)
    assert places(bob) == [] and places(anna) == [group]


def test_drafts_are_kept_only_where_one_reads(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    root = post(anna, group)["id"]
    inside = reply(anna, root)["id"]
    drafts.save(bob, root, "here")
    for place in (root, group, "01990000-0000-7000-8000-000000000000"):
        with pytest.raises(errors.NotFound):
            drafts.save(carol, place, "there")
    with pytest.raises(errors.Invalid):
        drafts.save(bob, inside, "inside")
    with pytest.raises(errors.Invalid):
        drafts.save(bob, root, "x" * 65_537)
    assert drafts.get(bob, root) == "here"
    database.query("update palaver.members set left_at = now() where user_id = %s", bob)
    assert drafts.get(bob, root) == "" and places(bob) == []


def test_two_hundred_are_kept_and_read_page_by_page(anna: str, group: str, database: Database) -> None:
    database.query(
        "insert into palaver.drafts (user_id, place, conversation_id, content, updated_at)"
        " select %s, palaver.new_id(), %s, 'draft ' || n, now() - n * interval '1 minute' from generate_series(1, 205) n",
        anna, group,
    )  # fmt: skip
    drafts.save(anna, group, "the newest")
    seen, after = [], None
    while True:
        page = drafts.page(anna, after, 70)
        seen += [item["content"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert seen == ["the newest", *[f"draft {n}" for n in range(1, 200)]]
