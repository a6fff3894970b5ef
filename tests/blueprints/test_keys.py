from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.models import db, keys, users
from app.schemas.auth import Me
from app.schemas.keys import KeyList, MadeKey
from app.streams.hub import Hub
from bench.readers import Readers
from tests.blueprints.permissions import without_sockets
from tests.conftest import PASSWORD, Person
from tests.databases import Cluster, Database
from tests.servers import Stack, Visitor, wait_for

ALL = ["read", "write", "v1", "admin"]


def make_key(person: Person, *scopes: str, **more: Any) -> tuple[dict[str, Any], str]:
    answer = person.post("/api/auth/keys", {"name": "robot", "scopes": list(scopes) or ["read"]} | more)
    assert answer.status_code == 201, answer.text
    assert MadeKey().validate(answer.json) == {}
    return answer.json["key"], answer.json["token"]


class Robot(Person):
    """A program: no cookies, a key."""

    def __init__(self, app: Flask, token: str) -> None:
        super().__init__(app)
        self.header = {"Authorization": f"Bearer {token}"}

    def open(self, method: str, path: str, **more: Any) -> Any:
        return self.http.open(path, method=method, headers=self.header | more.pop("headers", {}), **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.open("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.open("POST", path, json=json if json is not None else {}, **more)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(anna: Person, database: Database) -> None:
    key, token = make_key(anna, "write", "read", "read")
    assert token.startswith("pv_") and len(token) == 46 and token.startswith(key["prefix"])
    assert key["scopes"] == ["read", "write"] and key["expires_at"] is None
    listed = anna.get("/api/auth/keys")
    assert KeyList().validate(listed.json) == {} and listed.json["items"] == [key]
    assert token not in listed.text
    dump = str(
        database.query("select k::text from palaver.api_keys k") + database.query("select a::text from palaver.audit a")
    )
    assert token not in dump and token.removeprefix("pv_") not in dump


def test_a_program_talks_with_its_key_alone(app: Flask, anna: Person) -> None:
    key, token = make_key(anna, "read", "write")
    robot = Robot(app, token)
    begun = robot.begin(robot.converse("group"), "beep")
    assert robot.tree(begun["root_id"])["items"][0]["content"] == "beep"
    me = robot.get("/api/auth/me")
    assert Me().validate(me.json) == {}
    assert (me.json["user"]["username"], me.json["session"], me.json["key"]["id"]) == ("anna", None, key["id"])
    assert "Set-Cookie" not in me.headers
    assert robot.get("/api/v1/conversations").status_code == 200
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert robot.post("/api/conversations", {"kind": "group"}, headers=elsewhere).status_code == 201


def test_a_key_opens_no_page(app: Flask, anna: Person) -> None:
    robot = Robot(app, make_key(anna, *ALL)[1])
    assert robot.get("/api/conversations").status_code == 200
    for path in ("/", "/conversations/new", "/stream", "/settings/keys"):
        answer = robot.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), path
    anna.http.environ_base["HTTP_AUTHORIZATION"] = "Bearer nonsense"
    assert anna.http.get("/").status_code == 200  # on a page the header means nothing, the cookie counts
    assert anna.http.post("/", data={"content": "x"}).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "pv_", "pv_" + "A" * 43, "A" * 46, "pv_é" + "A" * 42, "pv_" + "A" * 5000])
def test_a_wrong_key_is_told_how_to_authenticate(app: Flask, anna: Person, token: str) -> None:
    assert Robot(app, make_key(anna)[1]).get("/api/conversations").status_code == 200
    for path in ("/api/conversations", "/api/auth/me", "/api/setup"):
        answer = anna.http.get(path, headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")})
        assert (answer.status_code, answer.json["code"]) == (401, "PV.AUTH.INVALID_KEY"), path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_key_wins_over_the_cookie(app: Flask, anna: Person, bob: Person) -> None:
    _, token = make_key(bob, "read")
    both = {"Authorization": f"Bearer {token}"}
    assert anna.get("/api/auth/me", headers=both).json["user"]["username"] == "bob"
    refused = anna.post("/api/conversations", {"kind": "group"}, headers=both)
    assert refused.status_code == 403 and "`write`" in refused.json["detail"]
    assert anna.get("/api/auth/me", headers={"Authorization": "Basic YTpi"}).json["user"]["username"] == "anna"


def test_expired_and_revoked_keys_count_no_more(app: Flask, anna: Person, database: Database) -> None:
    key, token = make_key(anna, "read", ttl_seconds=3600)
    robot = Robot(app, token)
    assert robot.get("/api/conversations").status_code == 200
    database.query("update palaver.api_keys set expires_at = now() - interval '1 second'")
    assert robot.get("/api/conversations").status_code == 401
    database.query("update palaver.api_keys set expires_at = null")
    assert robot.get("/api/conversations").status_code == 200
    assert delete(anna, f"/api/auth/keys/{key['id']}") == 204
    assert robot.get("/api/conversations").status_code == 401
    assert delete(anna, f"/api/auth/keys/{key['id']}") == 404
    assert anna.get("/api/auth/keys").json["items"] == []


def delete(person: Person, path: str) -> int:
    token = person.http.get_cookie("CSRF-TOKEN").value
    return int(person.http.delete(path, headers={"X-CSRF-TOKEN": token}).status_code)


def test_disabling_an_account_ends_its_keys_for_good(app: Flask, anna: Person, bob: Person) -> None:
    robot = Robot(app, make_key(bob)[1])
    assert robot.get("/api/conversations").status_code == 200
    users.disable("bob", True)
    assert robot.get("/api/conversations").status_code == 401
    users.disable("bob", False)
    assert robot.get("/api/conversations").status_code == 401


def test_others_keys_are_out_of_sight_but_an_administrator_can_end_them(
    app: Flask, anna: Person, bob: Person, carol: Person
) -> None:
    key, token = make_key(bob)
    assert carol.get("/api/auth/keys").json["items"] == anna.get("/api/auth/keys").json["items"] == []
    assert delete(carol, f"/api/auth/keys/{key['id']}") == 404
    assert Robot(app, token).get("/api/conversations").status_code == 200
    assert delete(anna, f"/api/auth/keys/{key['id']}") == 204
    assert Robot(app, token).get("/api/conversations").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "  "}, {"name": "x" * 129}, {"name": None},
        {"name": "rob\u202eot"}, {"name": "\u200b"}, {"password": ""}, {"scopes": []}, {"scopes": ["all"]},
        {"scopes": None}, {"scopes": "read"}, {"ttl_seconds": 0}, {"ttl_seconds": 10**12}, {"token": "mine"},
    ],
)  # fmt: skip
def test_a_wrong_key_is_not_made(anna: Person, wrong: dict[str, Any]) -> None:
    answer = anna.post("/api/auth/keys", {"name": "robot", "scopes": ["read"]} | wrong)
    assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))
    assert anna.get("/api/auth/keys").json["items"] == []


def test_a_key_needs_a_fresh_sign_in_or_the_password(anna: Person, database: Database) -> None:
    make_key(anna)
    database.query("update palaver.sessions set created_at = now() - interval '11 minutes'")
    new = {"name": "robot", "scopes": ["read"]}
    refused = anna.post("/api/auth/keys", new)
    assert (refused.status_code, refused.json["code"]) == (403, "PV.AUTH.PROOF_REQUIRED")
    assert anna.post("/api/auth/keys", new | {"password": "wrong horse"}).status_code == 401
    assert len(anna.get("/api/auth/keys").json["items"]) == 1
    make_key(anna, password=PASSWORD)
    database.query("update palaver.users set password_hash = null")
    assert anna.post("/api/auth/keys", new).json["code"] == "PV.AUTH.PROOF_REQUIRED"


def test_a_changed_password_ends_the_keys_if_wanted(app: Flask, bob: Person, database: Database) -> None:
    robot = Robot(app, make_key(bob)[1])
    change = {"current_password": PASSWORD, "new_password": "another horse battery"}
    assert bob.post("/api/auth/password", change).status_code == 200
    assert robot.get("/api/conversations").status_code == 200
    back = {"current_password": change["new_password"], "new_password": PASSWORD, "revoke_keys": True}
    assert bob.post("/api/auth/password", back).status_code == 200
    assert robot.get("/api/conversations").status_code == 401 and bob.get("/api/auth/keys").json["items"] == []
    assert database.query("select actor_name from palaver.audit where action = 'key.revoked'") == [("bob",)]


def test_only_administrators_make_keys_for_administration(anna: Person, bob: Person) -> None:
    assert make_key(anna, "admin")[0]["scopes"] == ["admin"]
    refused = bob.post("/api/auth/keys", {"name": "robot", "scopes": ["admin"]})
    assert (refused.status_code, refused.json["code"]) == (403, "PV.FORBIDDEN")


def test_a_leaked_key_cannot_make_itself_permanent(app: Flask, anna: Person) -> None:
    key, token = make_key(anna, *ALL)
    robot, tried = Robot(app, token), 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/api/auth/", "/api/oauth/")) or rule.rule == "/api/auth/me":
            continue
        path = rule.rule.replace("<uuid:key_id>", key["id"]).replace("<uuid:", "").replace(">", "")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            path = "".join(path.split("<"))
            answer = robot.open(method, path.replace("session_id", key["id"]), json={})
            assert answer.status_code in (403, 404), (method, path, answer.text)
            tried += answer.status_code == 403
    assert tried >= 8
    assert robot.get("/api/auth/me").status_code == 200


def test_use_is_written_down_at_most_once_a_minute(app: Flask, anna: Person, database: Database) -> None:
    robot = Robot(app, make_key(anna)[1])
    assert anna.get("/api/auth/keys").json["items"][0]["last_used_at"] is None
    robot.get("/api/conversations")
    first = anna.get("/api/auth/keys").json["items"][0]["last_used_at"]
    robot.get("/api/conversations")
    assert first is not None and anna.get("/api/auth/keys").json["items"][0]["last_used_at"] == first
    database.query("update palaver.api_keys set last_used_at = now() - interval '2 minutes'")
    robot.get("/api/conversations")
    assert anna.get("/api/auth/keys").json["items"][0]["last_used_at"] > first


def test_a_key_is_found_in_one_round_trip(app: Flask, anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    robot = Robot(app, make_key(anna)[1])
    called: list[str] = []
    real = db.Pool.call
    monkeypatch.setattr(db.Pool, "call", lambda self, name, args: (called.append(name), real(self, name, args))[1])
    assert robot.get("/api/auth/me").status_code == 200
    assert called.count("key_load") == 1 and not {"session_load", "key_list_of"} & set(called)


def test_who_made_and_ended_a_key_is_in_the_audit_log(app: Flask, anna: Person, database: Database) -> None:
    key, token = make_key(anna, "read", "write")
    robot = Robot(app, token)
    robot.converse("group")
    delete(anna, f"/api/auth/keys/{key['id']}")
    rows = database.query(
        "select action, actor_name, target_id, target_name, details ->> 'prefix' from palaver.audit"
        " where action like 'key.%%' order by id".replace("%%", "%")
    )
    assert rows == [(f"key.{verb}", "anna", key["id"], "robot", key["prefix"]) for verb in ("created", "revoked")]


def test_at_most_a_hundred_keys(anna: Person, database: Database) -> None:
    make_key(anna)
    database.query(
        "insert into palaver.api_keys (user_id, name, key_hash, prefix, scopes)"
        " select user_id, 'many', sha256(n::text::bytea), 'pv_', scopes from palaver.api_keys, generate_series(1, 98) n"
    )
    make_key(anna)
    answer = anna.post("/api/auth/keys", {"name": "one more", "scopes": ["read"]})
    assert (answer.status_code, answer.json["code"]) == (409, "PV.CONFLICT")


def test_the_functions_of_keys(anna: Person, bob: Person) -> None:
    made = keys.create(anna.id, "by hand", ["read"], b"h" * 32, "pv_hhhhhh", None)
    other = keys.make("bob@example.org", "for bob", ["v1"], b"i" * 32, "pv_iiiiii", 60)
    assert keys.load(b"h" * 32)["key"]["id"] == made["id"] and keys.load(b"x" * 32) is None  # type: ignore[index]
    assert [k["id"] for k in keys.list_of(anna.id)] == [made["id"]]
    assert {k["username"] for k in keys.everybodys(None)} == {"anna", "bob"} and len(keys.everybodys("BOB")) == 1
    assert not keys.revoke(bob.id, made["id"]) and keys.revoke(anna.id, made["id"])
    assert keys.end(other["id"]) and not keys.end(other["id"])


@pytest.fixture
def stack(cluster: Cluster, tmp_path: Path) -> Iterator[Stack]:
    made = cluster.clone()
    server = Stack(made, tmp_path, workers=2, jobs=False)
    yield server
    server.stop()
    cluster.drop(made)


def test_revoking_a_key_closes_its_streams_in_every_process(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    made = [anna.ok("POST", "/api/auth/keys", {"name": n, "scopes": ["read"]}) for n in ("one", "two")]
    one, two = (f"Bearer {m['token']}" for m in made)
    with Readers(stack.url) as readers:
        ending = [readers.open("/api/stream", authorization=one) for _ in range(12)]
        staying = [readers.open("/api/stream", authorization=two), readers.open("/api/stream", anna.cookie())]
        readers.await_open(ending + staying)
        assert anna.request("DELETE", f"/api/auth/keys/{made[0]['key']['id']}").status == 204
        readers.await_all(ending, lambda r: r.closed)
        assert not any(r.closed for r in staying)
        anna.converse("group")
        readers.await_all(staying, lambda r: bool(r.of("membership.changed")))


def test_a_key_that_ends_while_its_stream_opens(app: Flask, anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it was let in and before the hub would hear of it: the event of its end has passed already."""
    key, token = make_key(anna)
    real = Hub.mark

    def end_and_mark(hub: Hub) -> int:
        if ending:
            keys.end(key["id"])
        return real(hub)

    monkeypatch.setattr(Hub, "mark", end_and_mark)
    with without_sockets():
        ending = False
        assert Robot(app, token).get("/api/stream").status_code == 200
        ending = True
        assert Robot(app, token).get("/api/stream").status_code == 401


def test_fifty_requests_at_once_with_a_fresh_key(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    token = anna.ok("POST", "/api/auth/keys", {"name": "busy", "scopes": ["read"]})["token"]

    def ask(_n: int) -> int:
        return anna.http.request("GET", stack.url + "/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(ask, range(100))) == {200}
    wait_for(lambda: anna.ok("GET", "/api/auth/keys")["items"][0]["last_used_at"])
