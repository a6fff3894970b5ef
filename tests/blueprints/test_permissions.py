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
LOGIN = {"email": "u2", "password": PASSWORD}
FRESH = {"password": PASSWORD}
PASSKEY = {"credential": {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}}

# What a door is sent, where an empty object will not do.
BODIES: dict[str, Any] = {
    "POST /v1/chat/completions": {"model": "local", "messages": [{"role": "user", "content": "hello"}]},
    "POST /api/setup": ACCOUNT,
    "POST /api/auth/login": LOGIN,
    "POST /api/auth/confirm": {"password": PASSWORD},
    "POST /api/auth/keys": {"name": "robot", "scopes": ["read"]},
    "POST /api/auth/keys (with the scope `admin`)": {"name": "robot", "scopes": ["admin"]},
    "POST /api/conversations": {"kind": "group", "title": "Another"},
    "PATCH /api/conversations/{conversation_id} (its name)": {"title": "Another"},
    "PATCH /api/conversations/{conversation_id} (its assistant and instructions)": lambda s: {
        "assistant_id": s.world.assistant, "instructions": "Be brief.",
    },
    "PATCH /api/conversations/{conversation_id} (its archive)": {"archived": True},
    "POST /api/conversations/{conversation_id}/participants": lambda s: {"user_id": s.ids["user_id"]},
    "POST /api/conversations/{conversation_id}/participants (an admin)": lambda s: {
        "user_id": s.ids["user_id"], "role": "admin",
    },
    "PATCH /api/conversations/{conversation_id}/participants/{user_id}": {"role": "viewer"},
    "POST /api/conversations/{conversation_id}/invites (an admin)": {"role": "admin"},
    "POST /api/invites/accept": lambda s: {"token": s.invitation(None)},
    "POST /api/invites/accept (for another address)": lambda s: {"token": s.invitation("another@example.org")},
    "POST /api/threads/{conversation_id}/root": {"content": "hello"},
    "POST /api/messages/{message_id}/reply": {"content": "hello"},
    "POST /api/messages/{message_id}/branch": {"content": "hello"},
    "POST /api/messages/{message_id}/compare": lambda s: {"model_ids": [s.world.model] * 2},
    "POST /api/typing": lambda s: {"conversation_id": s.conversation, "root_id": s.root},
    "POST /api/messages/{message_id}/edit": {"content": "better"},
    "PATCH /api/threads/{root_id}": {"title": "Roses"},
    "PUT /api/drafts/{place}": {"content": "not yet"},
    "PUT /api/admin/features/{name}": {"enabled": True},
    "POST /api/auth/register": lambda s: account(s),
    "POST /api/auth/verify": {"token": "x"},
    "POST /api/auth/verify/again": LOGIN,
    "POST /api/auth/password": {"current_password": PASSWORD, "new_password": "another horse battery"},
    "POST /api/auth/password/forgot": {"email": "u2"},
    "POST /api/auth/password/reset": {"token": "x", "new_password": PASSWORD},
    "PATCH /api/users/me": {"display_name": "Somebody"},
    "POST /api/auth/totp": FRESH,
    "DELETE /api/auth/totp": FRESH | {"code": "123456"},
    "POST /api/auth/totp/confirm": {"code": "123456"},
    "POST /api/auth/totp/verify": {"code": "123456"},
    "POST /api/auth/totp/recovery-codes": FRESH,
    "POST /api/auth/passkeys/options": FRESH,
    "POST /api/auth/passkeys": PASSKEY | {"name": "Phone"},
    "PATCH /api/auth/passkeys/{passkey_id}": {"name": "Phone"},
    "DELETE /api/auth/passkeys/{passkey_id}": FRESH,
    "POST /api/auth/passkeys/sign-in": PASSKEY,
    "POST /api/auth/passkeys/verify": PASSKEY,
    "POST /api/auth/identities/{provider}": FRESH,
    "POST /api/oauth/{provider}/manual": {"code": "x", "state": "x"},
    "POST /api/admin/users": lambda s: account(s),
    "POST /api/admin/users (another administrator)": lambda s: account(s) | {"role": "admin"},
    "PATCH /api/admin/users/{user_id}": {"role": "read_only"},
    "PATCH /api/admin/users/{user_id} (to administrator)": {"role": "admin"},
    "POST /api/admin/invites (another administrator)": {"role": "admin"},
    "POST /api/admin/limits/profiles": lambda s: {"name": name(s), "params": {"requests_per_second": 1, "burst": 1}},
    "PUT /api/admin/limits/profiles/{profile_id}": {"params": {"requests_per_second": 2, "burst": 1}},
    "POST /api/admin/budgets": lambda s: {
        "user_id": s.world.user("member"), "unit": "money", "period": "month", "amount": 5,
    },
    "PATCH /api/admin/budgets/{budget_id}": {"amount": 6},
    "POST /api/admin/limits/assignments": lambda s: {
        "profile_id": s.limit(), "method": "GET", "path": f"/{name(s)}", "scope": "ip",
    },
    "POST /api/admin/tool-servers": lambda s: {"name": name(s), "url": "http://127.0.0.1:9/mcp"},
    "PUT /api/admin/tool-servers/{server_id}/tools": {"name": "look", "needs_approval": False},
    "POST /api/admin/providers": lambda s: {"name": name(s), "base_url": "http://127.0.0.1:9/v1"},
    "PATCH /api/admin/providers/{provider_id}": {"max_concurrent": 5},
    "POST /api/admin/models": lambda s: {"provider_id": s.provider(), "name": name(s)},
    "PATCH /api/admin/models/{model_id}": {"context_tokens": 4096},
    "POST /api/admin/assistants": lambda s: {"username": name(s)},
    "PATCH /api/admin/assistants/{assistant_id}": {"answers": "always"},
}  # fmt: skip


def name(scene: Scene) -> str:
    """A name that nobody has."""
    return f"n{next(scene.world.numbers)}"


def account(scene: Scene) -> dict[str, str]:
    """One that can be made."""
    return {"username": (made := name(scene)), "email": f"{made}@example.org", "password": PASSWORD}


def whose(scene: Scene) -> str:
    """Who asks; for nobody, somebody."""
    return scene.user or scene.world.host


# What is asked in the address.
QUERIES: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "DELETE /api/admin/sessions": lambda ids: {"user_id": ids["user_id"]},
    "GET /api/search": lambda ids: {"q": "hello", "conversation_id": ids["conversation_id"]},
}

# What has to be there before a door is tried: the ids in its address.
IDS: dict[str, Callable[[Scene], dict[str, str]]] = {
    "GET /v1/models/{model}": lambda s: {"model": "local"},
    "DELETE /api/auth/sessions/{session_id} (one's own)": lambda s: {"session_id": s.session_of(whose(s))},
    "DELETE /api/auth/sessions/{session_id} (another's)": lambda s: {"session_id": s.session_of(s.world.host)},
    "DELETE /api/auth/keys/{key_id} (one's own)": lambda s: {"key_id": s.key_of(whose(s), "read")[0]},
    "DELETE /api/auth/keys/{key_id} (another's)": lambda s: {"key_id": s.key_of(s.world.host, "read")[0]},
    "PATCH /api/conversations/{conversation_id}/participants/{user_id}": lambda s: {"user_id": s.member("member")},
    "PATCH /api/conversations/{conversation_id}/participants/{user_id} (an admin)": lambda s: {
        "user_id": s.member("admin"),
    },
    "DELETE /api/conversations/{conversation_id}/participants/{user_id}": lambda s: {"user_id": s.member("member")},
    "DELETE /api/conversations/{conversation_id}/participants/{user_id} (an admin)": lambda s: {
        "user_id": s.member("admin"),
    },
    "POST /api/invites/{token}/revoke": lambda s: {"token": s.invitation(None)},
    "POST /api/messages/{message_id}/cancel (asked for by another)": lambda s: {"message_id": s.growing(s.world.host)},
    "POST /api/messages/{message_id}/cancel (asked for oneself)": lambda s: {"message_id": s.growing(whose(s))},
    "POST /api/messages/{message_id}/regenerate": lambda s: {"message_id": s.complete()},
    "POST /api/messages/{message_id}/continue": lambda s: {"message_id": s.cut_short()},
    "POST /api/messages/{message_id}/branch (another's)": lambda s: {"message_id": s.said_by(s.world.host)},
    "POST /api/messages/{message_id}/branch (one's own)": lambda s: {"message_id": s.said_by(whose(s))},
    "POST /api/messages/{message_id}/keep (asked for by another)": lambda s: {"message_id": s.compared(s.world.host)},
    "POST /api/messages/{message_id}/keep (asked for oneself)": lambda s: {"message_id": s.compared(whose(s))},
    "POST /api/messages/{message_id}/edit (one's own)": lambda s: {"message_id": s.said_by(whose(s))},
    "POST /api/messages/{message_id}/delete (another's)": lambda s: {"message_id": s.said_by(s.world.host)},
    "POST /api/messages/{message_id}/delete (one's own)": lambda s: {"message_id": s.said_by(whose(s))},
    "POST /api/messages/{message_id}/restore (deleted by another)": lambda s: {
        "message_id": s.said_by(whose(s), deleted_by=s.world.host)
    },
    "POST /api/messages/{message_id}/restore (deleted oneself)": lambda s: {
        "message_id": s.said_by(whose(s), deleted_by=whose(s))
    },
    "PATCH /api/threads/{root_id} (begun oneself)": lambda s: {"root_id": s.said_by(whose(s))},
    "PUT /api/drafts/{place}": lambda s: {"place": s.root},
    "PATCH /api/auth/passkeys/{passkey_id} (one's own)": lambda s: {"passkey_id": s.passkey_of(whose(s))},
    "PATCH /api/auth/passkeys/{passkey_id} (another's)": lambda s: {"passkey_id": s.passkey_of(s.world.host)},
    "DELETE /api/auth/passkeys/{passkey_id} (one's own)": lambda s: {"passkey_id": s.passkey_of(whose(s))},
    "DELETE /api/auth/passkeys/{passkey_id} (another's)": lambda s: {"passkey_id": s.passkey_of(s.world.host)},
    "DELETE /api/auth/identities/{provider}": lambda s: {"provider": s.linked(whose(s))},
    "DELETE /api/admin/sessions/{session_id}": lambda s: {"session_id": s.session_of(s.world.host)},
    "DELETE /api/admin/invites/{invite_id}": lambda s: {"invite_id": s.invite()},
    "PUT /api/admin/limits/profiles/{profile_id}": lambda s: {"profile_id": s.limit()},
    "DELETE /api/admin/limits/profiles/{profile_id}": lambda s: {"profile_id": s.limit()},
    "DELETE /api/admin/limits/assignments/{assignment_id}": lambda s: {"assignment_id": s.assigned_limit()},
    **{f"{door} /api/admin/tool-servers/{{server_id}}{rest}": lambda s: s.tool_server()
       for door, rest in (("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("PUT", "/tools"),
                          ("PUT", "/assistants/{assistant_id}"), ("DELETE", "/assistants/{assistant_id}"))},
    **{f"POST /api/tool-calls/{{call_id}}/{how} (for another)": lambda s: {"call_id": s.call(s.world.host)}
       for how in ("approve", "refuse")},
    **{f"POST /api/tool-calls/{{call_id}}/{how} (for oneself)": lambda s: {"call_id": s.call(whose(s))}
       for how in ("approve", "refuse")},
    "PATCH /api/admin/budgets/{budget_id}": lambda s: {"budget_id": s.budget()},
    "DELETE /api/admin/budgets/{budget_id}": lambda s: {"budget_id": s.budget()},
    **{f"{way} /api/admin/providers/{{provider_id}}": lambda s: {"provider_id": s.provider()}
       for way in ("GET", "PATCH", "DELETE")},
    "POST /api/admin/providers/{provider_id}/test": lambda s: {"provider_id": s.provider()},
    **{f"{way} /api/admin/models/{{model_id}}": lambda s: {"model_id": s.model()} for way in ("GET", "PATCH", "DELETE")},
    "POST /api/admin/models/{model_id}/default": lambda s: {"model_id": s.model("local")},
    **{f"{way} /api/admin/assistants/{{assistant_id}}": lambda s: {"assistant_id": s.made_assistant()}
       for way in ("GET", "PATCH", "DELETE")},
}  # fmt: skip

# Answers behind an open door that cannot succeed here.
OPENED: dict[str, set[int]] = {
    "POST /v1/chat/completions": {503},  # no model is set up here
    "POST /api/setup": {409},  # somebody was first
    "POST /api/auth/verify": {410},  # there is no such link
    "POST /api/auth/password/reset": {410},
    "POST /api/auth/verify/again": {409},  # nothing is to be verified
    "POST /api/users/me/verify": {409},
    "DELETE /api/auth/totp": {409},  # it is not set up
    "POST /api/auth/totp/confirm": {409},
    "POST /api/auth/totp/verify": {409},
    "POST /api/auth/totp/recovery-codes": {409},
    "POST /api/auth/passkeys": {422},  # no browser made this passkey
    "POST /api/auth/passkeys/sign-in": {422},
    "POST /api/auth/passkeys/verify/options": {409},  # the session is whole
    "POST /api/auth/passkeys/verify": {422},
    "GET /api/oauth/{provider}/callback": {400},  # nothing was begun
    "POST /api/oauth/{provider}/callback": {404},  # this provider posts nothing
    "POST /api/oauth/{provider}/manual": {400},
}


def attempt(row: Row, scene: Scene, client: Any) -> Any:
    """Try the door of a row once."""
    ids = scene.ids | (IDS[row.name](scene) if row.name in IDS else {})
    path = re.sub(r"{(\w+)}", lambda name: ids[name[1]], row.path)
    body = BODIES.get(row.name, BODIES.get(row.door, None if row.method in ("GET", "DELETE") else {}))
    body = body(scene) if callable(body) else body
    if row.path.endswith("/callback"):
        return client.open(path, method=row.method, data=body)
    query = QUERIES[row.door](ids) if row.door in QUERIES else None
    return client.open(path, method=row.method, json=body, query_string=query)


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
    strongest = next((role for role in reversed(row.answers) if row.answers[role] == "yes"), "administrator")
    for scope in SCOPES:
        yield strongest, (scope,), row.answers[strongest] if scope == row.key else "403"


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
