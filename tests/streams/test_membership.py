"""Who may no longer hear hears nothing, in every process; who comes and goes is told so once."""

from __future__ import annotations

import time
from collections.abc import Iterable

from bench.readers import Reader, Readers
from tests.databases import Database
from tests.servers import Stack, Visitor, member


def texts(reader: Reader) -> list[str]:
    return [frame.payload["message"]["content"] for frame in reader.of("message.new")]


def changes(reader: Reader) -> list[tuple[str, str]]:
    return [(f.payload["user_id"], f.payload["action"]) for f in reader.of("membership.changed")]


def await_text(readers: Readers, who: Iterable[Reader], text: str) -> None:
    readers.await_all(who, lambda reader: text in texts(reader))


def test_a_removed_member_and_a_revoked_session_hear_nothing_more(
    stack: Stack, readers: Readers, database: Database
) -> None:
    anna = Visitor(stack.url).set_up()
    bob, carol = (member(database, stack.url, name) for name in ("bob", "carol"))
    again = Visitor(stack.url).sign_in("carol")
    group = anna.converse("group", (bob.id, carol.id))
    stack.settle()
    # Several of each, so that both workers have some.
    removed = [readers.open("/api/stream", bob.cookie()) for _ in range(4)]
    removed_here = [readers.open(f"/api/stream/conversations/{group}", bob.cookie()) for _ in range(3)]
    revoked = [readers.open(p, carol.cookie()) for p in ("/api/stream", f"/api/stream/conversations/{group}") * 2]
    staying = [readers.open("/api/stream", again.cookie()) for _ in range(2)]
    everybody = [*removed, *removed_here, *revoked, *staying]
    readers.await_open(everybody)
    anna.begin(group, "heard")
    await_text(readers, everybody, "heard")
    assert anna.request("DELETE", f"/api/conversations/{group}/participants/{bob.id}").status == 204
    [session] = [s for s in carol.ok("GET", "/api/auth/sessions")["items"] if s["current"]]
    assert again.request("DELETE", f"/api/auth/sessions/{session['id']}").status == 204
    # One second is what is promised; both are much faster.
    readers.await_all(removed, lambda r: changes(r) == [(bob.id, "removed")], 1)
    readers.await_all([*removed_here, *revoked], lambda r: r.closed, 1)
    anna.begin(group, "not heard")
    time.sleep(1)
    await_text(readers, staying, "not heard")
    for reader in (*removed, *removed_here, *revoked):
        assert texts(reader) == ["heard"]
    for path, visitor, status in (
        (f"/api/stream/conversations/{group}", bob, 404), ("/api/stream", carol, 401), ("/api/stream", bob, 200),
    ):  # fmt: skip
        refused = readers.open(path, visitor.cookie(), last_id=removed[0].last_id)
        readers.await_open([refused])
        assert refused.status == status and texts(refused) == []


def test_everybody_hears_once_who_comes_and_who_goes(stack: Stack, readers: Readers, database: Database) -> None:
    anna = Visitor(stack.url).set_up()
    bob = member(database, stack.url, "bob")
    group = anna.converse("group")
    stack.settle()
    hers, his = [[readers.open("/api/stream", who.cookie()) for _ in range(3)] for who in (anna, bob)]
    readers.await_open([*hers, *his])
    participants = f"/api/conversations/{group}/participants"
    anna.ok("POST", participants, {"user_id": bob.id, "role": "member"})
    anna.begin(group, "hello bob")
    await_text(readers, [*hers, *his], "hello bob")
    anna.ok("PATCH", f"{participants}/{bob.id}", {"role": "viewer"})
    assert bob.request("POST", f"/api/conversations/{group}/leave").status == 204
    anna.begin(group, "bye bob")
    await_text(readers, hers, "bye bob")
    anna.ok("POST", participants, {"user_id": bob.id, "role": "member"})
    last = anna.begin(group, "welcome back")["content"]
    await_text(readers, [*hers, *his], last)
    story = [(bob.id, action) for action in ("added", "role_updated", "removed", "added")]
    assert all(changes(reader) == story for reader in (*hers, *his))
    assert all(texts(reader) == ["hello bob", "welcome back"] for reader in his)
    # And so does who was away meanwhile.
    epoch = his[0].last_id.split(".")[0]
    away = readers.open("/api/stream", bob.cookie(), last_id=f"{epoch}.0")
    await_text(readers, [away], last)
    assert changes(away) == story
