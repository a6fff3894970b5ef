"""The doors of presence and typing."""

from __future__ import annotations

from tests.conftest import Person

TAB = "01990000-0000-7000-8000-000000000001"


def test_a_heartbeat_answers_with_ones_presence(anna: Person, bob: Person) -> None:
    group = anna.converse("group", members=(bob,))
    assert bob.post("/api/presence/heartbeat").json["status"] == "online"
    assert bob.post("/api/presence/heartbeat", {"status": "online", "client_id": TAB}).json["status"] == "online"
    assert bob.post("/api/presence/heartbeat", {"status": "away"}).json["status"] == "online"  # the tab says otherwise
    said = bob.post("/api/presence/heartbeat", {"status": "away", "client_id": TAB}).json
    assert said["user_id"] == bob.id and said["status"] == "away"
    listed = anna.get(f"/api/conversations/{group}/presence").json["items"]
    assert said in listed and {p["user_id"] for p in listed} == {anna.id, bob.id}
    for wrong in ({"status": "offline"}, {"status": "busy"}, {"client_id": "x"}):
        assert bob.post("/api/presence/heartbeat", wrong).status_code == 422


def test_who_is_there_comes_in_pages(anna: Person, bob: Person) -> None:
    group = anna.converse("group", members=(bob,))
    path = f"/api/conversations/{group}/presence"
    first = anna.get(path, query_string={"limit": 1}).json
    second = anna.get(path, query_string={"limit": 1, "after": first["next"]}).json
    assert {p["user_id"] for p in first["items"] + second["items"]} == {anna.id, bob.id} and second["next"] is None
    assert anna.get(path, query_string={"limit": 0}).status_code == 422


def test_typing_says_how_long_it_is_shown(anna: Person, bob: Person, carol: Person) -> None:
    group = anna.converse("group", members=(bob,))
    root = anna.begin(group)["id"]
    said = bob.post("/api/typing", {"conversation_id": group, "root_id": root, "seconds": 5}).json
    assert (said["conversation_id"], said["root_id"], said["user_id"]) == (group, root, bob.id) and said["expires_at"]
    assert bob.post("/api/typing", {"conversation_id": group}).json["root_id"] is None
    assert carol.post("/api/typing", {"conversation_id": group}).status_code == 404
    for wrong in ({"seconds": 0}, {"seconds": 11}, {"root_id": "x"}):
        assert bob.post("/api/typing", {"conversation_id": group} | wrong).status_code == 422
    assert bob.post("/api/typing", {}).status_code == 422
