"""The doors of membership and invitations: their shapes, and what they answer to who does it twice or too late."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.schemas.conversation_invites import Invitation, MadeInvitation
from app.schemas.conversations import Conversation
from app.schemas.members import Participant
from tests.conftest import Person


def ask(person: Person, method: str, path: str, body: Any = None) -> Any:
    """A request of any method, with the CSRF header."""
    token = person.http.get_cookie("CSRF-TOKEN").value
    return person.http.open(path, method=method, json=body, headers={"X-CSRF-TOKEN": token})


def test_members_over_http(anna: Person, bob: Person, carol: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    people = f"/api/conversations/{group}/participants"
    added = anna.post(people, {"user_id": carol.id, "role": "viewer"})
    assert added.status_code == 201
    changed = ask(anna, "PATCH", f"{people}/{carol.id}", {"role": "admin"})
    assert (changed.status_code, changed.json["role"]) == (200, "admin")
    listed = carol.get(people, query_string={"limit": 2}).json
    rest = carol.get(people, query_string={"limit": 2, "after": listed["next"]}).json
    assert [p["username"] for p in (*listed["items"], *rest["items"])] == ["anna", "bob", "carol"]
    for document in (added.json, changed.json, *listed["items"]):
        assert set(document) == set(Participant().fields) - {"avatar"} and Participant().validate(document) == {}
    assert ask(carol, "DELETE", f"{people}/{bob.id}").status_code == 204
    assert bob.get(people).status_code == 404
    assert ask(carol, "DELETE", f"{people}/{carol.id}").status_code == 204  # to remove oneself is to leave
    last = anna.post(f"/api/v1/conversations/{group}/leave")
    assert last.status_code == 204 and anna.get(f"/api/conversations/{group}").status_code == 404
    assert anna.post(people, {"user_id": bob.id, "role": "king"}).json["errors"].keys() == {"role"}


def test_names_and_the_archive_over_http(anna: Person, bob: Person) -> None:
    group = anna.converse("group", "Garden", (bob,))
    path = f"/api/conversations/{group}"
    renamed = ask(anna, "PATCH", path, {"title": " Orchard   plans "})
    assert renamed.json["title"] == "Orchard plans" and set(renamed.json) == set(Conversation().fields)
    for title in (" ", "\u202e", "x" * 201):
        refused = ask(anna, "PATCH", path, {"title": title})
        assert refused.status_code == 422 and "title" in refused.json["errors"], title
    archived = ask(anna, "DELETE", path)
    assert archived.status_code == 200 and archived.json["archived_at"]
    assert [bob.get(f"/api/conversations?archived={flag}").json["items"] == [] for flag in ("true", "false")] == [
        False, True,
    ]  # fmt: skip
    assert bob.get(path).status_code == 200
    assert bob.post(f"/api/threads/{group}/root", {"content": "no"}).status_code == 409
    assert ask(anna, "PATCH", path, {"archived": False}).json["archived_at"] is None
    assert bob.post(f"/api/threads/{group}/root", {"content": "yes"}).status_code == 201
    told = anna.get("/admin/audit").text
    assert "archived the conversation" in told and "out of the archive" in told


def test_invitations_over_http(app: Flask, anna: Person, bob: Person, carol: Person) -> None:
    group = anna.converse("group", "Garden")
    path = f"/api/conversations/{group}/invites"
    made = anna.post(path, {"role": "viewer", "ttl_seconds": 3600})
    assert made.status_code == 201 and MadeInvitation().validate(made.json) == {}
    token = made.json["token"]
    assert made.json["url"].endswith(f"/invites/{token}") and made.json["mail"] is None
    joined = bob.post("/api/invites/accept", {"token": token})
    assert (joined.json["id"], joined.json["role"]) == (group, "viewer")
    again = bob.post("/api/invites/accept", {"token": token})
    assert again.status_code == 200 and again.json["id"] == group  # a retry is harmless
    late = carol.post("/api/invites/accept", {"token": token})
    assert (late.status_code, late.json["code"]) == (410, "PV.GONE")
    other = anna.post(path, {"ttl_seconds": 30 * 86_400}).json
    revoked = anna.post(f"/api/invites/{other['token']}/revoke")
    assert (revoked.status_code, revoked.json["state"]) == (200, "revoked")
    third = anna.post(path).json
    assert anna.post(f"/api/invites/{third['id']}/revoke").json["state"] == "revoked"
    assert anna.post(f"/api/invites/{third['id']}/revoke").status_code == 410
    assert carol.post("/api/invites/nonsense/revoke").status_code == 404
    listed = anna.get(path).json["items"]
    assert [invite["state"] for invite in listed] == ["revoked", "revoked", "accepted"]
    for document in listed:
        assert set(document) == set(Invitation().fields) and Invitation().validate(document) == {}
    assert anna.post(path, {"ttl_seconds": 30 * 86_400 + 1}).json["errors"].keys() == {"ttl_seconds"}
