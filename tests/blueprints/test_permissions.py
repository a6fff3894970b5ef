"""Every door of the API, as everybody: the tables of docs/permissions.md are the expectation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.scopes import SCOPES
from tests.blueprints.permissions import ROLES, Row, Scene, World, rows
from tests.conftest import PASSWORD

TABLE = rows()
pytestmark = pytest.mark.usefixtures("without_sockets")
ACCOUNT = {"username": "second", "email": "second@example.org", "password": PASSWORD}
LOGIN = {"email": "u1", "password": PASSWORD}

# What a door is sent, where an empty object will not do.
BODIES: dict[str, Any] = {
    "POST /api/setup": ACCOUNT,
    "POST /api/auth/login": LOGIN,
    "POST /api/auth/confirm": {"password": PASSWORD},
    "POST /api/auth/keys": {"name": "robot", "scopes": ["read"]},
    "POST /api/auth/keys (with the scope `admin`)": {"name": "robot", "scopes": ["admin"]},
    "POST /api/conversations": {"kind": "group", "title": "Another"},
    "POST /api/threads/{conversation_id}/root": {"content": "hello"},
    "POST /api/messages/{message_id}/reply": {"content": "hello"},
    "PUT /api/admin/features/{name}": {"enabled": True},
}

# What has to be there before a door is tried: the ids in its address.
IDS: dict[str, Callable[[Scene], dict[str, str]]] = {
    "DELETE /api/auth/sessions/{session_id} (one's own)": lambda s: {"session_id": s.session_of(s.user or s.world.host)},
    "DELETE /api/auth/sessions/{session_id} (another's)": lambda s: {"session_id": s.session_of(s.world.host)},
    "DELETE /api/auth/keys/{key_id} (one's own)": lambda s: {"key_id": s.key_of(s.user or s.world.host, "read")[0]},
    "DELETE /api/auth/keys/{key_id} (another's)": lambda s: {"key_id": s.key_of(s.world.host, "read")[0]},
    "POST /api/messages/{message_id}/cancel (asked for by another)": lambda s: {"message_id": s.growing(s.world.host)},
    "POST /api/messages/{message_id}/cancel (asked for oneself)": lambda s: {"message_id": s.growing(s.user or s.world.host)},
    "POST /api/messages/{message_id}/regenerate": lambda s: {"message_id": s.complete()},
}  # fmt: skip

# Answers behind an open door that cannot succeed here.
OPENED: dict[str, set[int]] = {
    "POST /api/setup": {409},  # somebody was first
}


def attempt(row: Row, scene: Scene, client: Any) -> Any:
    """Try the door of a row once."""
    ids = scene.ids | (IDS[row.name](scene) if row.name in IDS else {})
    path = re.sub(r"{(\w+)}", lambda name: ids[name[1]], row.path)
    has_body = row.method in ("POST", "PUT", "PATCH")
    body = BODIES.get(row.name, BODIES.get(row.door, {})) if has_body else None
    return client.open(path, method=row.method, json=body)


def said(row: Row, answer: Any) -> str:
    """An answer in the words of the table."""
    return (
        "yes" if answer.status_code < 400 or answer.status_code in OPENED.get(row.door, ()) else str(answer.status_code)
    )


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.name} x {len(row.answers)}" for row in TABLE])
def test_a_door_is_open_to_whom_the_table_says(world: World, row: Row) -> None:
    wrong = []
    for role, wanted in row.answers.items():
        scene = Scene(world, role)
        answer = attempt(row, scene, scene.client())
        if said(row, answer) != wanted:
            wrong.append(f"{role}: {answer.status_code} instead of {wanted}: {answer.text[:300]}")
    assert not wrong, "\n".join([row.name, *wrong])


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.name} x {len(row.answers) + len(SCOPES) - 1}" for row in TABLE])
def test_a_key_opens_what_its_scope_and_its_owner_may(world: World, row: Row) -> None:
    wrong = []
    for role, scopes, wanted in key_cells(row):
        scene = Scene(world, role)
        answer = attempt(row, scene, scene.robot(*scopes))
        named = f"`{row.key}`" in answer.text or row.key == "no" or row.key in scopes
        if said(row, answer) != wanted or not named:
            wrong.append(f"{role} with {scopes}: {answer.status_code} instead of {wanted}: {answer.text[:300]}")
    assert not wrong, "\n".join([row.name, *wrong])


def key_cells(row: Row) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Everybody with a key of every scope, and whoever may most with one of each single scope."""
    for role, wanted in row.answers.items():
        if role != "nobody":
            yield role, tuple(SCOPES), wanted if row.key != "no" else "403"
    strongest = next(role for role in reversed(row.answers) if row.answers[role] == "yes")
    for scope in SCOPES:
        yield strongest, (scope,), "yes" if scope == row.key else "403"


def described(rule: str) -> str:
    """A route as OpenAPI writes it."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)


def test_the_table_has_every_door_and_no_other(world: World) -> None:
    doors = {
        f"{method} {described(rule.rule)}"
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/v1/"))
    }
    listed = {row.door for row in TABLE}
    cells = sum(len(row.answers) + len(list(key_cells(row))) for row in TABLE)
    assert listed == doors, (
        f"{cells} cells; missing in docs/permissions.md: {sorted(doors - listed)}, gone: {sorted(listed - doors)}"
    )
    assert len({row.name for row in TABLE}) == len(TABLE) and cells > 400
    assert {role for row in TABLE for role in row.answers} == set(ROLES)
    assert set(BODIES) | set(IDS) | set(OPENED) <= {row.name for row in TABLE} | listed


def test_ids_of_another_conversation_do_not_help(world: World) -> None:
    """A member of one conversation who mixes its ids with another's."""
    scene = Scene(world, "stranger")
    client, own = scene.client(), Scene(world, "member")
    [(elsewhere,)] = world.query("select conversation_id::text from palaver.members where user_id = %s", scene.user)
    mine = client.post(f"/api/threads/{elsewhere}/root", json={"content": "mine"}).json
    for method, path in (
        ("GET", f"/api/threads/{own.root}/tree"), ("POST", f"/api/messages/{own.root}/reply"),
        ("POST", f"/api/threads/{own.conversation}/root"), ("GET", f"/api/stream/conversations/{own.conversation}"),
        ("GET", f"/api/conversations/{mine['id']}"), ("GET", f"/api/threads/{elsewhere}/tree"),
        ("GET", f"/api/messages/{elsewhere}"), ("GET", f"/api/messages/{own.user}"),
    ):  # fmt: skip
        answer = client.open(path, method=method, json={"content": "x"} if method == "POST" else None)
        assert answer.status_code == 404, (method, path, answer.text)
    assert client.get(f"/api/threads/{mine['id']}/tree").status_code == 200


def test_a_member_who_is_made_a_viewer_or_a_reader_writes_no_more(world: World) -> None:
    scene = Scene(world, "owner")
    client, path = scene.client(), f"/api/messages/{scene.root}/reply"
    assert client.post(path, json={"content": "yes"}).status_code == 201
    world.query("update palaver.users set role = 'read_only' where id = %s", scene.user)
    assert client.post(path, json={"content": "no"}).status_code == 403
    world.query("update palaver.users set role = 'member' where id = %s", scene.user)
    world.query("update palaver.members set role = 'viewer' where user_id = %s", scene.user)
    assert client.post(path, json={"content": "no"}).status_code == 403
    world.query("update palaver.members set left_at = now() where user_id = %s", scene.user)
    assert client.post(path, json={"content": "no"}).status_code == 404
    assert client.get(f"/api/messages/{scene.root}").status_code == 404
