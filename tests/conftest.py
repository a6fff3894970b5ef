"""The cast: anna (admin), bob (member), carol (a stranger), and the assistant; each with a browser of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.adapters.mail.memory import Memory
from app.core import config as configuration
from app.core.settings import Config
from app.models import db
from app.services import auth
from app.services.mailing import Mailing
from tests import order
from tests.databases import Cluster, Database
from tests.documented import DocumentedClient

PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # one of several processes of pytest-xdist
        items[:] = order.interleaved(items)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    """A fresh database with everything applied."""
    made = cluster.clone()
    yield made
    db.close()
    cluster.drop(made)


@pytest.fixture
def config(database: Database, tmp_path: Any) -> Config:
    options = {"profile": "test", "db.runtime_url": database.runtime, "data.dir": str(tmp_path)}
    return configuration.load(env={}, options=options)


@pytest.fixture
def app(config: Config) -> Flask:
    """The real application on a fresh database."""
    auth._set_up = False
    made = create_app(config)
    made.testing = True
    made.test_client_class = DocumentedClient
    return made


@pytest.fixture
def mailbox(app: Flask) -> Memory:
    """The application sends mails, and this is where they go."""
    kept = Memory()
    app.extensions["mailing"] = Mailing(kept, "https://chat.example.org")
    return kept


class Person:
    """Somebody with a browser: sends the CSRF header, speaks JSON."""

    def __init__(self, app: Flask) -> None:
        self.http = app.test_client()
        self.id = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.http.get(path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        token = self.http.get_cookie("CSRF-TOKEN")
        headers = {"X-CSRF-TOKEN": token.value} if token else {}
        return self.http.post(
            path, json=json if json is not None else {}, headers=headers | more.pop("headers", {}), **more
        )

    def sign_in(self, name: str, password: str = PASSWORD) -> Person:
        answer = self.post("/api/auth/login", {"email": name, "password": password})
        assert answer.status_code == 200, answer.text
        self.id = answer.json["user"]["id"]
        return self

    # What people do.

    def converse(
        self, kind: str = "assistant", title: str = "Talk", members: tuple[Person, ...] = (), **more: Any
    ) -> str:
        body = {"kind": kind, "title": title, "member_ids": [m if isinstance(m, str) else m.id for m in members]}
        answer = self.post("/api/conversations", body | more)
        assert answer.status_code == 201, answer.text
        return answer.json["id"]

    def begin(self, conversation: str, content: str = "hello", **more: Any) -> dict[str, Any]:
        answer = self.post(f"/api/threads/{conversation}/root", {"content": content} | more)
        assert answer.status_code == 201, answer.text
        return answer.json

    def reply(self, parent: str, content: str = "yes", **more: Any) -> dict[str, Any]:
        answer = self.post(f"/api/messages/{parent}/reply", {"content": content} | more)
        assert answer.status_code == 201, answer.text
        return answer.json

    def tree(self, root: str, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/api/threads/{root}/tree", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def anna(app: Flask) -> Person:
    """The administrator who set the server up."""
    person = Person(app)
    answer = person.post("/api/setup", {"username": "anna", "email": "anna@example.org", "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    person.id = answer.json["user"]["id"]
    return person


def _member(app: Flask, name: str) -> Person:
    with app.app_context():
        auth.create_user(name, f"{name}@example.org", PASSWORD, "member")
    return Person(app).sign_in(name)


@pytest.fixture
def bob(app: Flask, anna: Person) -> Person:
    return _member(app, "bob")


@pytest.fixture
def carol(app: Flask, anna: Person) -> Person:
    """Belongs to nobody's conversation."""
    return _member(app, "carol")


@pytest.fixture
def stranger(app: Flask) -> Person:
    """A browser that is not signed in."""
    return Person(app)


@pytest.fixture
def assistant(anna: Person) -> str:
    """The id of the assistant."""
    return anna.get("/api/users?query=palaver").json["items"][0]["id"]


def with_options(config: Config, section: str, **values: Any) -> Config:
    """The same configuration with other values in one section."""
    return dataclasses.replace(config, **{section: dataclasses.replace(getattr(config, section), **values)})
