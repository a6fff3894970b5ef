"""What is read and what is typed, through the doors."""

from __future__ import annotations

from app.schemas.drafts import Draft
from tests.conftest import Person


def test_reading_through_the_doors(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group, "@bob, who waters?")["id"]
    second = anna.reply(root)["id"]
    [item] = bob.get("/api/conversations").json["items"]
    assert (item["unread"], item["mentions"], item["has_draft"]) == (2, 1, False)
    read = bob.post(f"/api/threads/{root}/read", {"message_id": root})
    assert (read.json["root_id"], read.json["unread"], read.json["mentions"]) == (root, 1, 0)
    found = bob.get(f"/api/conversations/{group}/unread").json
    assert found["threads"] == [{"root_id": root, "unread": 1, "mentions": 0}] and found["unread"] == 1
    assert bob.post(f"/api/threads/{root}/read", {"message_id": second}).json["unread"] == 0
    anna.begin(group)
    assert bob.post(f"/api/conversations/{group}/read").json["conversation_unread"] == 0
    assert bob.get(f"/api/conversations/{group}").json["unread"] == 0
    assert bob.post(f"/api/threads/{root}/read", {"message_id": "last"}).status_code == 422


def test_drafts_through_the_doors(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group)["id"]
    token = {"X-CSRF-TOKEN": bob.http.get_cookie("CSRF-TOKEN").value}
    kept = bob.http.put(f"/api/drafts/{root}", json={"content": "I think"}, headers=token)
    assert kept.status_code == 200 and set(kept.json) == set(Draft().fields)
    assert bob.get("/api/drafts").json == {"items": [kept.json], "next": None}
    assert anna.get("/api/drafts").json["items"] == []
    bob.reply(root)
    assert bob.get("/api/drafts").json["items"] == []
    for body in ({"content": "x" * 65_537}, {"content": "\x00"}, {}):
        assert bob.http.put(f"/api/drafts/{root}", json=body, headers=token).status_code == 422
