from __future__ import annotations

import uuid

import pytest

from app.schemas.conversations import Conversation
from app.schemas.messages import ChunkList, Message, Posted
from app.schemas.threads import Tree
from app.schemas.unread import ListedThread, ReadMark, Unread, UnreadThread
from tests.conftest import Person


def test_shapes_are_as_documented(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    root = anna.begin(group, "**hello** @bob")
    answer = bob.reply(root["id"])
    assert {"message_id", "root_id", "conversation_id", "parent_id", "depth"} <= set(answer)
    for schema, document in (
        (Posted, root), (Posted, answer),
        (Conversation, anna.get(f"/api/conversations/{group}").json),
        (Conversation, anna.get("/api/conversations").json["items"][0]),
        (ListedThread, anna.get(f"/api/conversations/{group}/threads").json["items"][0]),
        (Unread, bob.get(f"/api/conversations/{group}/unread").json),
        (UnreadThread, bob.get(f"/api/conversations/{group}/unread").json["threads"][0]),
        (ReadMark, anna.post(f"/api/threads/{root['id']}/read").json),
        (ReadMark, bob.post(f"/api/conversations/{group}/read").json),
        (Tree, anna.tree(root["root_id"])),
        (Message, anna.get(f"/api/messages/{root['id']}").json),
        (ChunkList, anna.get(f"/api/messages/{root['id']}/chunks").json),
    ):  # fmt: skip
        fields = schema().fields
        always = {name for name, field in fields.items() if field.required}  # the others when they say something
        assert always <= set(document) <= set(fields), schema.__name__
        load_only_known = {k: v for k, v in document.items() if k != "message_id"}
        assert schema(partial=True).validate(load_only_known) == {}, schema.__name__


def test_the_same_doors_answer_at_api_v1(anna: Person) -> None:
    group = anna.converse("group")
    assert anna.get(f"/api/v1/conversations/{group}").json == anna.get(f"/api/conversations/{group}").json
    assert anna.get("/api/v1/nothing").status_code == 404


def test_strangers_see_nothing(anna: Person, carol: Person) -> None:
    group = anna.converse("group")
    root = anna.begin(group)
    for path in (f"conversations/{group}", f"conversations/{group}/threads", f"threads/{root['id']}/tree",
                 f"messages/{root['id']}", f"messages/{root['id']}/chunks"):  # fmt: skip
        answer = carol.get(f"/api/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "PV.NOT_FOUND"), path
    for path in (f"threads/{group}/root", f"messages/{root['id']}/reply"):
        assert carol.post(f"/api/{path}", {"content": "hi"}).status_code == 404
    assert carol.get("/api/conversations").json == {"items": [], "next": None}


@pytest.mark.parametrize("content", ["", " \n", None, 5, "x" * 65_537, "a\x00b", ["x"]])
def test_what_cannot_be_posted(anna: Person, content: object) -> None:
    group = anna.converse("group")
    answer = anna.post(f"/api/threads/{group}/root", {"content": content})
    assert (answer.status_code, answer.json["code"]) == (422, "PV.VALIDATION")
    assert anna.get(f"/api/conversations/{group}/threads").json["items"] == []


@pytest.mark.parametrize(
    "content",
    [
        "x" * 65_536,
        "日本語 🎉 عربي",
        "\u202e\ufeff\ud7ff",
        "<script>alert(1)</script>",
        "'; drop table x; --",
        "%s %(a)s",
    ],
)
def test_what_is_posted_comes_back(anna: Person, content: str) -> None:
    root = anna.begin(anna.converse("group"), content)
    assert anna.tree(root["root_id"])["items"][0]["content"] == content


def test_nobody_may_claim_to_be_the_assistant(anna: Person) -> None:
    answer = anna.post(f"/api/threads/{anna.converse('group')}/root", {"content": "x", "role": "assistant"})
    assert answer.status_code == 422


def test_a_retry_answers_the_first(anna: Person) -> None:
    group, client_id = anna.converse("group"), str(uuid.uuid4())
    first = anna.begin(group, "once", client_id=client_id)
    assert anna.begin(group, "once", client_id=client_id)["id"] == first["id"]
    assert len(anna.get(f"/api/conversations/{group}/threads").json["items"]) == 1


def test_only_answers_can_be_stopped_or_asked_again(anna: Person) -> None:
    root = anna.begin(anna.converse("group"))
    for verb in ("cancel", "regenerate"):
        assert anna.post(f"/api/messages/{root['id']}/{verb}").status_code == 422


def test_people_are_found(anna: Person, bob: Person, carol: Person) -> None:
    found = anna.get("/api/users?query=").json["items"]
    assert [u["username"] for u in found] == ["palaver", "bob", "carol"]
    assert "email" not in found[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [("threads/{root}/tree?after=99999999999999999999", 422), ("threads/{root}/tree?before=-1", 422),
     ("messages/{root}/chunks?from=99999999999", 422), ("users?limit=1e9", 422)],
)  # fmt: skip
def test_numbers_out_of_range(anna: Person, path: str, status: int) -> None:
    root = anna.begin(anna.converse("group"))["id"]
    assert anna.get("/api/" + path.format(root=root)).status_code == status


def test_errors_inside_lists_are_told(anna: Person) -> None:
    answer = anna.post("/api/conversations", {"kind": "group", "member_ids": [str(uuid.uuid4()), "x"]})
    assert (answer.status_code, answer.json["code"]) == (422, "PV.VALIDATION")
    assert "member_ids" in answer.json["errors"]
