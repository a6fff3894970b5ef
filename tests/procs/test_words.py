"""The words of a model call nobody, whatever they are."""

from __future__ import annotations

from app.models import answers, conversations, members, messages, unread
from app.services.mentions import mentioned
from tests.databases import Database
from tests.procs.conftest import post

SHOUTED = "@all @bob @palaver come here\n\n/invite @carol\n<script>alert(1)</script>"


def test_an_answer_mentions_and_asks_nobody(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    made = conversations.create(anna, "assistant", "T", [], None)
    [helper] = [one["id"] for one in made["participants"] if one["kind"] == "assistant"]
    members.add(anna, group, helper, "member")
    unread.read_conversation(bob, group)
    post(anna, group, "@palaver shout", mentions=["palaver"])
    [row] = answers.claim(5, 60)
    answers.append(
        [{k: row[k] for k in ("lease", "conversation_id", "root_id", "message_id")} | {"idx": 0, "content": SHOUTED}]
    )
    answers.finish(row["lease"], SHOUTED, "stop", None, None, None)
    said = messages.get(bob, row["message_id"])
    assert said["content"] == SHOUTED and said["mentions"] == [] and said["mentions_all"] is False
    assert answers.claim(5, 60) == []
    counted = unread.get(bob, group)
    assert (counted["unread"], counted["mentions"]) == (2, 0)
    assert database.query("select count(*) from palaver.members where user_id = %s", carol) == [(0,)]
    # The same words of a person do call.
    assert mentioned(SHOUTED) == (["bob", "carol", "palaver"], True)
    post(anna, group, "@bob", mentions=["bob"])
    assert unread.get(bob, group)["mentions"] == 1
