"""The tables of docs/permissions.md, and the scene in which one of their cells is tried."""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg2
from flask import Flask, Response

from app.blueprints import guards
from app.blueprints.api import stream
from app.core import passwords
from app.models import (
    assistants,
    budgets,
    conversation_invites,
    conversations,
    invites,
    keys,
    limits,
    members,
    messages,
    model_catalogue,
    providers,
    tools,
    users,
)
from app.services import auth, tokens
from app.services.keys import digest, new_token
from app.streams.sse import StreamResponse, Streams
from tests.conftest import PASSWORD
from tests.databases import Database

PAGE = Path(__file__).resolve().parents[2] / "docs/permissions.md"
# So that every door is there, and opens: nothing is sent to anybody.
EVERYTHING = {
    "auth.registration": "open", "features.openai_v1": True, "mail.adapter": "console", "oauth.github_client_id": "x",
    "oauth.github_client_secret": "x", "oauth.github_url": "http://127.0.0.1:1", "oauth.github_api_url": "http://127.0.0.1:1",
}  # fmt: skip
ROLES = ("nobody", "reader", "stranger", "viewer", "member", "admin", "owner", "administrator")
EVERYWHERE = {"nobody", "reader", "member", "administrator"}


@dataclass(frozen=True)
class Row:
    """A door of the table: what everybody gets there."""

    method: str
    path: str
    variant: str
    answers: dict[str, str]
    key: str

    @property
    def door(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def name(self) -> str:
        return f"{self.door} ({self.variant})" if self.variant else self.door


def rows() -> list[Row]:
    """Every row of every table of doors."""
    found, head = [], []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == "door":
            head = cells
        elif not cells:
            head = []
        elif head and not cells[0].startswith("---"):
            found.append(_row(dict(zip(head, cells, strict=True))))
    return found


def _row(cells: dict[str, str]) -> Row:
    parsed = re.fullmatch(r"`([A-Z]+) (\S+)`(?: \((.+)\))?", cells.pop("door"))
    assert parsed, cells
    key = cells.pop("key")
    assert set(cells) in (set(ROLES), EVERYWHERE), (parsed[0], set(cells))
    assert set(cells.values()) <= {"yes", "401", "403", "404"} and key in ("read", "write", "v1", "admin", "no"), (
        parsed[0]
    )
    return Row(parsed[1], parsed[2], parsed[3] or "", cells, key)


class World:
    """One database for all cells; what a cell changes is made for it alone."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app = app
        self.owner = psycopg2.connect(database.owner)
        self.owner.autocommit = True
        self.numbers = itertools.count(1)
        self._hash = passwords.make(PASSWORD)
        self.assistant = self.query("select id::text from palaver.users where kind = 'assistant'")[0][0]
        self.model = self.query("select id::text from palaver.models where is_default")[0][0]
        self.admin = self.user("admin")
        self.host = self.user("member")  # runs conversations in which the actor is somebody else

    def query(self, statement: str, *args: Any) -> list[tuple]:
        with self.owner.cursor() as cursor:
            cursor.execute(statement, args or None)
            return cursor.fetchall() if cursor.description else []

    def user(self, role: str) -> str:
        name = f"u{next(self.numbers)}"
        return users.create(name, f"{name}@example.org", None, self._hash, role)["id"]


class Scene:
    """Somebody with a role, a conversation, and what is in it."""

    def __init__(self, world: World, role: str) -> None:
        self.world, self.role = world, role
        self.user = (
            ""
            if role == "nobody"
            else world.user({"reader": "read_only", "administrator": "admin"}.get(role, "member"))
        )
        self.conversation = self._conversation()
        self.root = messages.post(world.host, self.conversation, None, "hello", None, [])["id"]
        if role == "stranger":
            conversations.create(self.user, "group", "Elsewhere", [], None)
        self.session = ""
        self.ids: dict[str, str] = {
            "conversation_id": self.conversation, "root_id": self.root, "message_id": self.root, "name": "user_search",
            "user_id": world.user("member"), "provider": "github",
        }  # fmt: skip

    def _conversation(self) -> str:
        world, inside = self.world, {"reader": "owner"}.get(self.role, self.role)
        is_in = inside in ("owner", "admin", "member", "viewer")
        made = conversations.create(
            world.host, "group", "Talk", [world.assistant, *([self.user] if is_in else [])], None
        )["id"]  # fmt: skip
        if is_in:
            world.query(
                "update palaver.members set role = %s where conversation_id = %s and user_id = %s",
                inside,
                made,
                self.user,
            )
        return made

    # Who asks, and with what.

    def client(self) -> Any:
        """A browser of the user's, signed in."""
        client = self.world.app.test_client()
        if self.user:
            config = self.world.app.config["PALAVER"].session
            made, token = auth.begin_session(self.user, config, "tester", "127.0.0.1")
            self.session = made["session"]["id"]
            client.set_cookie(guards.SESSION_COOKIE, token)
            with self.world.app.app_context():
                client.environ_base["HTTP_X_CSRF_TOKEN"] = guards.make_csrf(self.session)
            client.environ_base["HTTP_USER_AGENT"] = "tester"
        return client

    def robot(self, *scopes: str) -> Any:
        """A program with a key of the user's."""
        client = self.world.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.key_of(self.user, *scopes)[1]}"
        return client

    def key_of(self, user: str, *scopes: str) -> tuple[str, str]:
        """A key of somebody's: its id and its token."""
        [(name,)] = self.world.query("select username from palaver.users where id = %s", user)
        token = new_token()
        return keys.make(name, "tester", list(scopes), digest(token), token[:9], None)["id"], token

    # What doors act upon.

    def session_of(self, user: str) -> str:
        config = self.world.app.config["PALAVER"].session
        return auth.begin_session(user, config, "other", "127.0.0.1")[0]["session"]["id"]

    def member(self, role: str) -> str:
        """Somebody else in the conversation."""
        return members.add(self.world.host, self.conversation, self.world.user("member"), role)["id"]

    def invitation(self, email: str | None) -> str:
        """The token of an open invitation to the conversation."""
        token, stored = tokens.make()
        conversation_invites.create(self.world.host, self.conversation, stored, email, "member", 3600)
        return token

    def growing(self, asked_by: str) -> str:
        """An answer that has not begun yet, which this user asked for."""
        asked = messages.post(self.world.host, self.conversation, self.root, "@palaver?", None, ["palaver"])
        [(answer,)] = self.world.query(
            "select id::text from palaver.messages where parent_id = %s and role = 'assistant'", asked["id"]
        )
        self.world.query("update palaver.jobs set requested_by = %s where message_id = %s", asked_by, answer)
        return answer

    def call(self, asked_by: str) -> str:
        """A call of a tool that waits for whoever asked."""
        return self.world.query(
            "insert into palaver.tool_calls (message_id, idx, round, text_length, call_id, name, tool, arguments, status)"
            " values (%s, 0, 1, 0, 'c', 'look', 'look', '{}', 'pending') returning id::text",
            self.growing(asked_by),
        )[0][0]

    def tool_server(self) -> dict[str, str]:
        """A server of tools that nobody answers at, with one tool, and the assistant."""
        made = str(uuid.uuid4())
        values = {"name": f"s{next(self.world.numbers)}", "transport": "http", "url": "http://127.0.0.1:9/mcp"}
        tools.save(self.world.admin, made, values)
        tools.listed(self.world.admin, made, [{"name": "look", "description": "", "input_schema": {}}], None)
        return {"server_id": made, "assistant_id": self.world.assistant}

    def complete(self) -> str:
        """An answer that has ended."""
        answer = self.growing(self.world.host)
        messages.cancel(self.world.host, answer)
        return answer

    def compared(self, asked_by: str) -> str:
        """One of two answers that this user compares."""
        said = messages.post(self.world.host, self.conversation, None, "hello", None, [])["id"]
        made = messages.compare(self.world.host, said, [self.world.model] * 2)
        self.world.query("update palaver.comparisons set requested_by = %s where question_id = %s", asked_by, said)
        self.world.query("update palaver.jobs set requested_by = %s", asked_by)
        return made["items"][0]["id"]

    def cut_short(self) -> str:
        """An answer that was stopped with some text."""
        answer = self.complete()
        self.world.query("update palaver.messages set content = 'so far' where id = %s", answer)
        return answer

    def said_by(self, user: str, deleted_by: str | None = None) -> str:
        """A thread of one message of somebody's, which may be deleted."""
        said = messages.post(self.world.host, self.conversation, None, "hello", None, [])["id"]
        self.world.query(
            "update palaver.messages set author_id = %s, deleted_by = %s, deleted_at = %s where id = %s",
            user, deleted_by, "2100-01-01" if deleted_by else None, said,
        )  # fmt: skip
        return said

    def passkey_of(self, user: str) -> str:
        """A passkey of somebody's, which opens nothing."""
        return self.world.query(
            "insert into palaver.passkeys (user_id, credential_id, public_key, name) values (%s, %s, 'x', 'tester')"
            " returning id::text",
            user, secrets.token_bytes(16),
        )[0][0]  # fmt: skip

    def linked(self, user: str) -> str:
        """The name of a provider at which somebody has linked an account."""
        self.world.query(
            "insert into palaver.identities (provider, subject, user_id) values ('github', %s, %s)",
            secrets.token_hex(8), user,
        )  # fmt: skip
        return "github"

    def invite(self) -> str:
        """An open invitation."""
        admin = self.world.admin
        return invites.create(admin, secrets.token_bytes(32), None, "member", 3600)["id"]

    def limit(self) -> str:
        """A profile of limits that is not assigned."""
        name = f"tester {next(self.world.numbers)}"
        return limits.create_profile(self.world.admin, name, "gcra", {"requests_per_second": 1, "burst": 1}, None)["id"]

    def provider(self) -> str:
        """A server of models that nobody answers at."""
        given = {"name": f"s{next(self.world.numbers)}", "kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
        return providers.create(self.world.admin, providers.new_id(), given, None)["id"]

    def model(self, name: str = "") -> str:
        """One of this name, or a new one."""
        found = [m["id"] for m in model_catalogue.all_models(self.world.admin) if m["name"] == name]
        made = {"name": f"m{next(self.world.numbers)}"}
        return found[0] if found else model_catalogue.create(self.world.admin, self.provider(), made)["id"]

    def made_assistant(self) -> str:
        return assistants.create(self.world.admin, {"username": f"a{next(self.world.numbers)}"})["id"]

    def budget(self) -> str:
        """A budget of somebody's."""
        whom = self.world.user("member")
        return budgets.add(self.world.admin, whom, None, None, "tokens", "day", 1000)["id"]

    def assigned_limit(self) -> str:
        """An assignment of a limit."""
        path = f"/nowhere/{next(self.world.numbers)}"
        return limits.assign(self.world.admin, self.limit(), "GET", path, "ip")["id"]


@contextlib.contextmanager
def without_sockets() -> Iterator[None]:
    """A stream is asked for as always and opened as an ordinary answer: there is no socket to hand over here."""

    def answer(response: StreamResponse, environ: Any, start_response: Any) -> Any:
        streams, connection, *_ = response._given
        streams.opened(connection.user)
        return Response.__call__(response, environ, start_response)

    with (
        patch.object(stream, "check_socket", lambda environ: None),
        patch.object(Streams, "_await_bus", lambda self, pos: None),
        patch.object(StreamResponse, "__call__", answer),
    ):
        yield
