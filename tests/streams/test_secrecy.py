"""No log says what people write, their passwords, or what opens their doors: also at debug level, also when things fail."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3

from bench.readers import Readers
from tests.databases import Cluster
from tests.servers import PASSWORD, Stack, Visitor

SAID = "rhubarb-under-the-walnut-tree"
WRONG = "plum-jam-on-the-shelf-42"
NEW = "gooseberry-fool-tomorrow-7"


def sign(visitor: Visitor, **more: Any) -> dict[str, str]:
    return {"Cookie": visitor.cookie(), "X-CSRF-TOKEN": visitor.cookies.get("CSRF-TOKEN", "")} | more


def do_everything(stack: Stack) -> set[str]:
    """Use what there is, rightly and wrongly; the secrets that were used."""
    anna = Visitor(stack.url).set_up()
    secrets = {PASSWORD, WRONG, NEW, SAID, anna.cookies["SESSION_ID"], anna.cookies["CSRF-TOKEN"]}
    secrets |= talk(stack, anna) | keys(stack, anna) | accounts(stack, anna) | second_factor(anna)
    fail(stack, anna)
    return secrets


def talk(stack: Stack, anna: Visitor) -> set[str]:
    with Readers(stack.url) as readers:
        reader = readers.open("/api/stream", anna.cookie())
        readers.await_open([reader])
        conversation = anna.converse()
        begun = anna.begin(conversation, SAID)
        answer = anna.answer_to(begun["root_id"])
        anna.ok("POST", f"/api/messages/{answer['id']}/regenerate")
        readers.await_all([reader], lambda r: len(r.of("message.done")) == 2)
    group = anna.converse("group")
    anna.begin(group, SAID + " @nobody <script>")
    return {answer["content"].strip()[:60]}


def keys(stack: Stack, anna: Visitor) -> set[str]:
    made = anna.ok("POST", "/api/auth/keys", {"name": "robot", "scopes": ["read", "write"]})
    key = next(value for value in made.values() if isinstance(value, str) and value.startswith("pv"))
    for given in (key, key + "x"):
        urllib3.request("GET", stack.url + "/api/conversations", headers={"Authorization": f"Bearer {given}"})
    return {key}


def accounts(stack: Stack, anna: Visitor) -> set[str]:
    user = {"username": "bob", "email": "bob@example.org", "password": NEW, "role": "member"}
    anna.ok("POST", "/api/admin/users", user)
    bob = Visitor(stack.url)
    assert bob.request("POST", "/api/auth/login", {"email": "bob", "password": WRONG}).status == 401
    assert bob.request("POST", "/api/auth/login", {"email": WRONG, "password": WRONG}).status == 401
    assert bob.request("POST", "/api/auth/login", {"email": "bob", "password": NEW}).status == 200
    change = {"current_password": WRONG, "new_password": PASSWORD}
    assert bob.request("POST", "/api/auth/password", change).status == 401
    bob.ok("POST", "/api/auth/password", change | {"current_password": NEW})
    bob.request("POST", "/api/auth/password/forgot", {"email": "bob@example.org"})
    bob.request("POST", "/api/auth/password/reset", {"token": WRONG, "new_password": NEW})
    invite = anna.ok("POST", "/api/admin/invites", {"email": "carol@example.org", "role": "member"})
    return {bob.cookies["SESSION_ID"]} | {v for k, v in invite.items() if k in ("token", "url", "link") and v}


def second_factor(anna: Visitor) -> set[str]:
    begun = anna.ok("POST", "/api/auth/totp", {"password": PASSWORD})
    anna.request("POST", "/api/auth/totp/confirm", {"code": "000000"})
    return {begun["secret"]}


def fail(stack: Stack, anna: Visitor) -> None:
    """Everything that goes wrong tells what went wrong, and not with what."""
    posted = anna.converse()
    for method, path, body in (
        ("POST", "/api/auth/login", f'{{"email": "{WRONG}", "password": "{WRONG}'),
        ("POST", "/api/auth/login", json.dumps({"email": "a", "password": [WRONG]})),
        ("POST", f"/api/threads/{posted}/root", json.dumps({"content": SAID * 40_000})),
        ("POST", f"/api/threads/{posted}/root", json.dumps({"content": SAID + "\x00"})),
        ("POST", f"/api/threads/{posted}/root", json.dumps({"content": SAID, "client_id": SAID})),
        ("GET", f"/api/users?query={SAID}%00", None),
        ("GET", f"/api/conversations?after={SAID}", None),
        ("GET", f"/nowhere/{SAID}?token={WRONG}", None),
    ):
        answer = urllib3.request(
            method, stack.url + path, body=body, headers=sign(anna, **{"Content-Type": "application/json"})
        )
        assert 400 <= answer.status < 500, (path, answer.status)
    form = {"content": SAID, "client_id": str(uuid.uuid4()), "csrf_token": "wrong"}
    urllib3.request("POST", stack.url + "/", fields=form, headers={"Cookie": anna.cookie()})
    # Such as only a mistake of ours could bring about: PostgreSQL itself refuses, in the middle of a function.
    stack.database.query("alter table palaver.messages add column tree text not null default 'walnut'")
    stack.database.query("alter table palaver.messages alter column tree drop default")
    answer = anna.request("POST", f"/api/threads/{posted}/root", {"content": SAID})
    assert answer.status == 500
    stack.database.query("alter table palaver.messages drop column tree")


def test_no_log_gives_anything_away(start: Callable[..., Stack], cluster: Cluster, tmp_path: Path) -> None:
    stack = start(PALAVER__LOGGING__LEVEL="debug")
    secrets = do_everything(stack)
    stack.stop()
    logs = {path: path.read_text(errors="replace") for path in stack.folder.glob("*.log") if path.name != "model.log"}
    logs |= {path: path.read_text(errors="replace") for path in cluster.folder.rglob("*.log*") if path.is_file()}
    assert {"web.log", "jobs.log", "postgres.log"} <= {path.name for path in logs} or cluster.server is None
    assert "walnut" in SAID and "23502" in "".join(logs.values())  # what failed was written down
    for path, text in logs.items():
        for secret in secrets:
            assert secret not in text, (path.name, secret, [line for line in text.splitlines() if secret in line][:3])


def test_nor_does_the_audit_log(start: Callable[..., Stack]) -> None:
    stack = start()
    secrets = do_everything(stack)
    rows = "".join(row for (row,) in stack.database.query("select to_jsonb(a)::text from palaver.audit a"))
    assert "sign_in.refused" in rows and "key.created" in rows and "password.refused" in rows
    assert not [secret for secret in secrets if secret in rows]
