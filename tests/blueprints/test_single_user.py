"""A server without accounts: everybody at this machine is its one user, and nobody else gets in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from flask import Flask

from app import create_app
from app.core import config as configuration
from app.core.settings import Config
from app.models import local_user
from bench.readers import Readers
from tests.conftest import Person, with_options
from tests.databases import Cluster, Database
from tests.pages.forms import submit
from tests.servers import ROOT, Stack, Visitor

OFF = {"PALAVER__FEATURES__AUTH_V1": "false"}


@pytest.fixture
def app(config: Config) -> Flask:
    made = create_app(with_options(config, "features", auth_v1=False))
    made.testing = True
    return made


@pytest.fixture
def me(app: Flask) -> Person:
    return Person(app)


def test_whoever_comes_is_the_local_user(me: Person, app: Flask, database: Database) -> None:
    page = me.get("/")
    assert page.status_code == 200 and "Sign out" not in page.text and 'href="/admin"' in page.text
    assert me.get("/api/users").status_code == 200
    talk = me.converse()
    assert me.begin(talk, "hello")["author"]["username"] == "local"
    other = Person(app)
    assert other.get("/").status_code == 200 and other.get(f"/api/conversations/{talk}").status_code == 200
    assert database.query("select username, role from palaver.users where kind = 'human'") == [("local", "admin")]
    assert database.query("select count(*) from palaver.sessions") == [(1,)]


def test_nothing_of_accounts_is_there(me: Person, app: Flask) -> None:
    assert me.get("/").status_code == 200
    paths = [rule.rule for rule in app.url_map.iter_rules()]
    for gone in ("/sign-in", "/setup", "/sign-out", "/api/setup", "/api/auth/login", "/api/auth/keys"):
        assert gone not in paths and me.get(gone).status_code == 404
    assert not [path for path in me.get("/openapi.json").json["paths"] if path.startswith(("/api/auth", "/api/setup"))]


def test_the_account_of_a_person_called_local_stays_theirs(me: Person, database: Database) -> None:
    database.query("insert into palaver.users (username, display_name) values ('Local', 'Somebody')")
    assert me.get("/").status_code == 200
    assert local_user.actor()["user"]["username"].startswith("local-")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:80", "LOCALHOST:1"])
def test_names_of_this_machine_are_answered(me: Person, host: str) -> None:
    assert me.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.5", "", "[", "a b"]
)
@pytest.mark.parametrize("path", ["/", "/api/conversations", "/static/js/main.js", "/healthz", "/nowhere"])
def test_other_names_are_not(me: Person, host: str, path: str) -> None:
    assert me.get("/").status_code == 200
    answer = me.get(path, headers={"Host": host})
    assert answer.status_code in (400, 403), answer.status_code


@pytest.mark.parametrize(
    "from_where",
    [
        {"environ_overrides": {"REMOTE_ADDR": "192.168.1.7"}},
        {"environ_overrides": {"REMOTE_ADDR": ""}},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}},
        {"headers": {"X-Real-IP": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"X-Forwarded-Proto": "https"}},
        {"headers": {"x-forwarded-anything": ""}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Via": "1.1 proxy"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"CF-Connecting-IP": "127.0.0.1"}},
        {"headers": {"True-Client-IP": "127.0.0.1"}},
        {"headers": {"X-Client-IP": "127.0.0.1"}},
    ],
)
def test_other_machines_are_refused(me: Person, from_where: dict[str, Any]) -> None:
    assert me.get("/").status_code == 200
    assert me.get("/", **from_where).status_code == 403
    assert me.get("/api/users", **from_where).status_code == 403


def test_other_sites_can_make_it_do_nothing(me: Person) -> None:
    page = me.get("/")
    body = {"kind": "assistant", "title": "Talk", "member_ids": []}
    assert me.post("/api/conversations", body).status_code == 201
    assert me.post("/api/conversations", body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert me.post("/api/conversations", body, headers={"Origin": "null"}).status_code == 403
    assert me.post("/api/conversations", body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert me.http.post("/api/conversations", json=body).status_code == 403  # no token
    assert me.http.post("/", data={"content": "hello"}).status_code == 403
    key = {"Authorization": "Bearer pv_anything"}  # a key is no way around the token
    assert me.http.post("/api/conversations", json=body, headers=key).status_code == 403
    assert submit(me, page, "/", content="hello").status_code == 303


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "", "::", "chat.example.org"])
def test_it_listens_nowhere_else(host: str) -> None:
    assert configuration.load(env=OFF | {"PALAVER__SERVER__HOST": "::1"}).server.host == "::1"
    with pytest.raises(configuration.ConfigError, match=r"server\.host is .*auth_v1 off") as refused:
        configuration.load(env=OFF | {"PALAVER__SERVER__HOST": host})
    assert "\n" not in str(refused.value)


@pytest.fixture
def stack(cluster: Cluster, tmp_path: Path) -> Iterator[Stack]:
    made = cluster.clone()
    server = Stack(made, tmp_path, **OFF)
    yield server
    server.stop()
    cluster.drop(made)


def test_a_running_server_answers_and_streams(stack: Stack) -> None:
    me = Visitor(stack.url)
    me.request("GET", "/")
    stack.settle()
    with Readers(stack.url) as readers:
        reader = readers.open("/api/stream", me.cookie())
        readers.await_open([reader])
        talk = me.converse()
        begun = me.begin(talk, "hello")
        readers.await_all([reader], lambda r: bool(r.of("message.done")))
    assert me.answer_to(begun["root_id"])["status"] == "complete"
    other = urllib3.request("GET", stack.url + "/", headers={"Host": "evil.example"})
    assert other.status == 403


def test_it_does_not_start_elsewhere(stack: Stack) -> None:
    """gunicorn, the application and the launcher all say so in one line."""
    env = os.environ | stack.env | {"PALAVER__SERVER__HOST": "0.0.0.0"}
    for command in (
        ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:application"],
        ["app.jobs"],
        ["app.launch"],
        ["flask", "users", "list"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
        )
        lines = (done.stdout + done.stderr).strip().splitlines()
        assert done.returncode != 0 and len(lines) == 1 and "server.host is '0.0.0.0'" in lines[0], (command, lines)
