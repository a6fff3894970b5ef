"""Two processes that remember who was let in: who may not any more is refused by both of them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.models import keys, sessions
from tests.databases import Database
from tests.servers import Stack, Visitor, member, wait_for


@pytest.fixture
def both(database: Database, tmp_path: Path) -> Iterator[list[Stack]]:
    """Two servers of one worker each on one database, so that a test can choose whom it asks."""
    stacks: list[Stack] = []
    try:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            options = {"PALAVER__DATA__DIR": str(tmp_path)}
            stacks.append(Stack(database, tmp_path / name, workers=1, jobs=False, **options))
        yield stacks
    finally:
        for stack in stacks:
            stack.stop()


def at(stack: Stack, visitor: Visitor) -> Visitor:
    """The same person at that server."""
    other = Visitor(stack.url)
    other.cookies, other.id = dict(visitor.cookies), visitor.id
    return other


def statuses(both: list[Stack], visitor: Visitor) -> list[int]:
    return [at(stack, visitor).request("GET", "/api/conversations").status for stack in both]


def await_refusal(both: list[Stack], visitor: Visitor) -> float:
    """Seconds until both refuse."""
    began = time.monotonic()
    wait_for(lambda: statuses(both, visitor) == [401, 401], 5, "the refusal by both")
    return time.monotonic() - began


def test_both_refuse_within_a_second(both: list[Stack], database: Database) -> None:
    anna = Visitor(both[0].url).set_up()
    bob, carol = member(database, both[0].url, "bob"), member(database, both[1].url, "carol")
    assert statuses(both, bob) == statuses(both, carol) == [200, 200]

    assert anna.request("PATCH", f"/api/admin/users/{bob.id}", {"disabled": True}).status == 200
    assert await_refusal(both, bob) < 1
    assert statuses(both, carol) == [200, 200]

    # Signing out: here at once, at the other one within a second.
    assert at(both[1], carol).request("POST", "/api/auth/logout").status == 200
    assert at(both[1], carol).request("GET", "/api/conversations").status == 401
    assert await_refusal(both, carol) < 1

    # From the command line, which has no bus.
    carol.sign_in("carol")
    assert statuses(both, carol) == [200, 200]
    sessions.revoke(None, "carol")
    assert await_refusal(both, carol) < 1
    # By plain SQL, and the whole account.
    carol.sign_in("carol")
    assert statuses(both, carol) == [200, 200]
    database.query("update palaver.users set disabled_at = now() where username = 'carol'")
    assert await_refusal(both, carol) < 1


def test_both_forget_keys_and_roles(both: list[Stack], database: Database) -> None:
    anna = Visitor(both[0].url).set_up()
    bob = member(database, both[0].url, "bob")
    group = anna.converse("group", (bob.id,))
    made = bob.ok("POST", "/api/auth/keys", {"name": "bot", "scopes": ["read", "write"]})
    bearer = {"Authorization": f"Bearer {made['token']}"}

    def post(stack: Stack) -> int:
        visitor = Visitor(stack.url)
        url = f"{stack.url}/api/threads/{group}/root"
        return int(visitor.http.request("POST", url, json={"content": "beep"}, headers=bearer).status)

    assert [post(stack) for stack in both] == [201, 201]
    assert anna.request("PATCH", f"/api/admin/users/{bob.id}", {"role": "read_only"}).status == 200
    assert [post(stack) for stack in both] == [403, 403]  # the database asks itself
    assert anna.request("PATCH", f"/api/admin/users/{bob.id}", {"role": "member"}).status == 200
    assert [post(stack) for stack in both] == [201, 201]
    database.query("update palaver.api_keys set scopes = '{read}'")
    wait_for(lambda: [post(stack) for stack in both] == [403, 403], 1, "the scope to be gone")
    assert keys.end(made["key"]["id"])
    wait_for(lambda: [post(stack) for stack in both] == [401, 401], 1, "the key to be gone")


def test_nothing_is_remembered_while_nothing_is_heard(both: list[Stack], database: Database) -> None:
    Visitor(both[0].url).set_up()
    bob = member(database, both[0].url, "bob")
    assert statuses(both, bob) == [200, 200]
    as_server = dataclasses.replace(database, owner=database.runtime)  # which may end connections of its own
    listeners = (
        " from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        " and query in ('listen palaver', 'select 1')"
    )
    for _ in range(3):
        wait_for(lambda: as_server.query(f"select count(*) {listeners}") == [(2,)], what="both to listen")
        as_server.query(f"select pg_terminate_backend(pid) {listeners}")
        database.query("update palaver.users set disabled_at = now() where username = 'bob'")  # heard by nobody
        assert await_refusal(both, bob) < 1
        database.query("update palaver.users set disabled_at = null where username = 'bob'")
        wait_for(lambda: statuses(both, bob) == [200, 200], 5, "bob to be back")
