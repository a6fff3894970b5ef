"""The doors of messages answer in the documented shapes."""

from __future__ import annotations

from app.schemas.messages import History, Message, Selection
from app.schemas.threads import Thread, Tree
from tests.conftest import Person
from tests.databases import Database


def patch(person: Person, path: str, body: dict) -> object:
    token = person.http.get_cookie("CSRF-TOKEN")
    return person.http.patch(path, json=body, headers={"X-CSRF-TOKEN": token.value if token else ""})


def test_shapes_of_what_is_changed(anna: Person, bob: Person) -> None:
    conversation = anna.converse("group", members=(bob,))
    root = anna.begin(conversation, "hello @bob and @all")
    door = f"/api/messages/{root['id']}"
    assert [user["id"] for user in root["mentions"]] == [bob.id] and root["mentions_all"] is True
    edited = anna.post(f"{door}/edit", {"content": "hello"})
    assert edited.status_code == 200 and Message().validate(edited.json) == {}
    assert (edited.json["content"], edited.json["mentions"], edited.json["mentions_all"]) == ("hello", [], False)
    history = bob.get(f"{door}/history").json
    assert History().validate(history) == {} and history["items"][0]["content"] == "hello @bob and @all"
    deleted = anna.post(f"{door}/delete")
    assert Message().validate(deleted.json) == {} and deleted.json["content"] is None
    assert bob.get(f"{door}/history").json == {"items": []}
    assert bob.post(f"{door}/restore").status_code == 403
    assert anna.post(f"{door}/restore").json["content"] == "hello"
    named = patch(anna, f"/api/threads/{root['id']}", {"title": "Roses"})
    assert named.status_code == 200 and Thread().validate(named.json) == {} and named.json["title"] == "Roses"
    assert patch(anna, f"/api/threads/{root['id']}", {"title": "x" * 201}).status_code == 422


def test_a_branch_by_name_or_by_message(anna: Person) -> None:
    root = anna.begin(anna.converse("group"), "root")["id"]
    left, right = anna.reply(root, "left")["id"], anna.reply(root, "right")["id"]
    tree = f"/api/threads/{root}/tree"

    def shown(query: str) -> list[str]:
        found = anna.get(f"{tree}{query}").json
        assert Tree().validate(found) == {}
        return [message["content"] for message in found["items"]]

    assert shown("") == ["root", "left", "right"]
    assert shown("?branch=selected") == ["root", "right"]
    assert shown(f"?branch={left}") == ["root", "left"]
    chosen = anna.post(f"/api/messages/{right}/select", {"step": -1})
    assert Selection().validate(chosen.json) == {} and chosen.json["leaf_id"] == chosen.json["message_id"] == left
    assert shown("?branch=selected") == ["root", "left"]
    assert anna.get(tree).json["selected_leaf_id"] == left
    assert anna.post(f"/api/messages/{left}/select", {"step": -1}).status_code == 404
    assert anna.get(f"{tree}?branch=nonsense").status_code == 422


def test_what_cannot_be_done_says_why(anna: Person, database: Database) -> None:
    root = anna.begin(anna.converse())["id"]
    [answer] = [m["id"] for m in anna.tree(root)["items"] if m["role"] == "assistant"]
    assert anna.post(f"/api/messages/{answer}/delete").status_code == 409
    assert anna.post(f"/api/messages/{root}/delete").status_code == 200
    assert anna.post(f"/api/messages/{root}/edit", {"content": "again"}).status_code == 409
    database.query("update palaver.messages set deleted_at = now() - interval '31 days' where id = %s", root)
    gone = anna.post(f"/api/messages/{root}/restore")
    assert gone.status_code == 410 and "for good" in gone.json["detail"]
