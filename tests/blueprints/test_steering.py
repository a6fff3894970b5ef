"""Steering through the API; every answer is held against the OpenAPI document."""

from __future__ import annotations

from tests.conftest import Person
from tests.databases import Database
from tests.procs.test_steering import finish, make_assistant, make_model


def test_from_a_question_to_the_one_that_is_kept(anna: Person, database: Database) -> None:
    small = make_model(database, "small")
    conversation = anna.converse()
    root = anna.begin(conversation, "Which?", model_ids=[small, small])["id"]
    left, right = anna.tree(root)["items"][1:]
    assert left["comparison_id"] == right["comparison_id"] and left["model_name"] == "small"
    kept = anna.post(f"/api/messages/{left['id']}/keep")
    assert kept.status_code == 200 and "comparison_id" not in kept.json
    # What is not kept is stopped.
    assert anna.get(f"/api/messages/{right['id']}").json["finish_reason"] == "cancelled"
    assert anna.tree(root, branch="selected")["items"][-1]["id"] == left["id"]
    finish("so")
    again = anna.post(f"/api/messages/{left['id']}/regenerate", {"model_id": small})
    assert again.status_code == 201 and again.json["model_id"] == small
    finish("so")
    assert anna.post(f"/api/messages/{left['id']}/regenerate").status_code == 201
    finish("so")
    compared = anna.post(f"/api/messages/{root}/compare", {"model_ids": [small, small]})
    assert compared.status_code == 201 and len(compared.json["items"]) == 2
    for wrong in ([small], [small] * 5):
        assert anna.post(f"/api/messages/{root}/compare", {"model_ids": wrong}).status_code == 422
    asked = anna.post(f"/api/messages/{root}/branch", {"content": "Which one?", "model_id": small})
    assert asked.status_code == 201 and asked.json["version_of"] == root
    [listed, _] = anna.get(f"/api/conversations/{conversation}/threads").json["items"]
    assert listed["version_of"] == root


def test_a_conversation_is_told_whom_to_ask(anna: Person, database: Database) -> None:
    coach = make_assistant(database, "coach")
    conversation = anna.converse(assistant_id=coach)
    path = f"/api/conversations/{conversation}"
    assert anna.get(path).json["assistant_id"] == coach
    token = {"X-CSRF-TOKEN": anna.http.get_cookie("CSRF-TOKEN").value}
    changed = anna.http.patch(path, json={"assistant_id": None, "instructions": "Be brief."}, headers=token)
    assert changed.status_code == 200, changed.text
    assert (changed.json["assistant_id"], changed.json["instructions"]) == (None, "Be brief.")
    assert anna.http.patch(path, json={"title": "T"}, headers=token).json["instructions"] == "Be brief."
    assert anna.http.patch(path, json={"instructions": "x" * 8193}, headers=token).status_code == 422
