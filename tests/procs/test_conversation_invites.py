"""Invitations to a conversation: once, in time, by whom they are for, while their maker may invite."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import errors
from app.models import conversation_invites, conversations, members, users
from tests.databases import Database

WEEK = 7 * 86_400


def invite(actor: str, conversation: str, **more: Any) -> tuple[dict[str, Any], bytes]:
    """An invitation and what is stored of its token."""
    token = secrets.token_bytes(32)
    email, role = more.get("email"), more.get("role", "member")
    return conversation_invites.create(actor, conversation, token, email, role, more.get("ttl", WEEK)), token


def states(actor: str, conversation: str) -> list[str]:
    return [i["state"] for i in conversation_invites.page(actor, conversation, None, 50)["items"]]


def verify(database: Database, user: str) -> None:
    database.query(f"update palaver.users set email_verified_at = now() where id = '{user}'")


def test_who_accepts_is_in_and_the_link_is_used(
    anna: str, group: str, carol: str, bob: str, database: Database
) -> None:
    made, token = invite(anna, group, role="viewer")
    seen = conversation_invites.peek(carol, token)
    assert seen and (seen["state"], seen["title"], seen["fits"], seen["is_member"]) == ("open", "Garden", "yes", False)
    assert seen["created_by"]["username"] == "anna" and conversation_invites.peek(None, token)
    entered = conversation_invites.accept(carol, token)
    assert (entered["id"], entered["role"]) == (group, "viewer")
    assert conversation_invites.page(anna, group, None, 9)["items"][0]["accepted_by"]["username"] == "carol"
    assert conversation_invites.peek(carol, token) == {"state": "accepted", "conversation_id": group}
    assert conversation_invites.peek(None, token) == {"state": "accepted"}
    members.remove(anna, group, carol)
    with pytest.raises(errors.Gone, match="used already"):
        conversation_invites.accept(carol, token)
    assert conversation_invites.peek(carol, token) == {"state": "accepted"}
    said = database.query(
        "select topic_id::text from palaver.events where payload ->> 'action' = 'added'"
        f" and payload ->> 'user_id' = '{carol}' order by pos"
    )
    assert said == [(group,), (carol,)]
    acts = database.query("select action, target_id from palaver.audit where action ~ 'invite' order by id")
    assert acts == [("conversation_invite.created", made["id"]), ("conversation_invite.accepted", made["id"])]


def test_of_two_at_once_one_comes_in(anna: str, group: str, make_user: Callable[..., str]) -> None:
    people = [make_user(f"u{n}") for n in range(6)]
    _, token = invite(anna, group)

    def accept(user: str) -> str:
        try:
            return conversation_invites.accept(user, token)["id"]
        except errors.Gone:
            return "gone"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(accept, people)) == sorted([group] + ["gone"] * 5)
    assert conversations.get(anna, group)["participant_count"] == 3


def test_who_is_in_already_just_goes_there(anna: str, bob: str, group: str) -> None:
    _, token = invite(anna, group, role="viewer")
    assert conversation_invites.accept(bob, token)["role"] == "member"
    assert states(anna, group) == ["open"]


def test_a_token_that_nobody_made(anna: str) -> None:
    assert conversation_invites.peek(anna, b"x" * 32) is None
    with pytest.raises(errors.NotFound):
        conversation_invites.accept(anna, b"x" * 32)


def test_it_expires_and_is_revoked(anna: str, bob: str, group: str, carol: str, database: Database) -> None:
    old, expired = invite(anna, group)
    made, token = invite(anna, group)
    assert states(anna, group) == ["open", "open"]
    database.query(f"update palaver.conversation_invites set expires_at = now() where id = '{old['id']}'")
    with pytest.raises(errors.Forbidden):
        conversation_invites.revoke(bob, made["id"], None)
    with pytest.raises(errors.NotFound):
        conversation_invites.revoke(carol, None, token)
    assert conversation_invites.revoke(anna, None, token)["state"] == "revoked"
    for refused, words in ((expired, "expired"), (token, "taken back")):
        with pytest.raises(errors.Gone, match=words):
            conversation_invites.accept(carol, refused)
        with pytest.raises(errors.Gone):
            conversation_invites.revoke(anna, None, refused)
    assert states(anna, group) == ["revoked", "expired"]


def test_an_address_has_to_be_verified(anna: str, bob: str, group: str, carol: str, database: Database) -> None:
    invite(anna, group, email="carol@example.org")
    _, token = invite(anna, group, email="Carol@Example.org")
    assert states(anna, group) == ["open", "revoked"]  # the newer one counts
    dora = users.create("dora", "dora@example.org", None, "hash", "member")["id"]
    verify(database, dora)
    assert (conversation_invites.peek(dora, token) or {})["fits"] == "other"
    with pytest.raises(errors.Forbidden, match="another e-mail address"):
        conversation_invites.accept(dora, token)
    with pytest.raises(errors.Forbidden, match="verify it"):
        conversation_invites.accept(carol, token)
    verify(database, carol)
    assert conversation_invites.accept(carol, token)["id"] == group


def test_it_dies_with_the_right_to_invite(anna: str, bob: str, group: str, carol: str) -> None:
    members.set_role(anna, group, bob, "owner")
    _, as_admin = invite(bob, group, role="admin")
    _, as_member = invite(bob, group)
    members.set_role(anna, group, bob, "admin")
    assert states(anna, group) == ["open", "void"]
    members.set_role(anna, group, bob, "member")
    assert states(anna, group) == ["void", "void"]
    for token in (as_admin, as_member):
        with pytest.raises(errors.Gone, match="may not invite any more"):
            conversation_invites.accept(carol, token)
    members.set_role(anna, group, bob, "admin")
    users.disable("bob", True)
    with pytest.raises(errors.Gone, match="may not invite any more"):
        conversation_invites.accept(carol, as_member)
    users.disable("bob", False)
    assert conversation_invites.accept(carol, as_member)["id"] == group


def test_who_may_invite_and_to_what(anna: str, bob: str, group: str, carol: str) -> None:
    with pytest.raises(errors.Forbidden):
        invite(bob, group)
    with pytest.raises(errors.NotFound):
        invite(carol, group)
    members.set_role(anna, group, bob, "admin")
    invite(bob, group, role="viewer")
    with pytest.raises(errors.Forbidden, match="Only an owner"):
        invite(bob, group, role="admin")
    made, _ = invite(anna, group, role="admin")
    with pytest.raises(errors.Forbidden, match="Only an owner"):
        conversation_invites.revoke(bob, made["id"], None)
    direct = conversations.create(anna, "direct", None, [bob], None)["id"]
    with pytest.raises(errors.Conflict, match="begin a group"):
        invite(anna, direct)


def test_nobody_comes_into_an_archived_conversation(anna: str, group: str, carol: str) -> None:
    _, token = invite(anna, group)
    conversations.update(anna, group, None, True)
    with pytest.raises(errors.Conflict, match="archived"):
        conversation_invites.accept(carol, token)
    with pytest.raises(errors.Conflict, match="archived"):
        invite(anna, group)
    conversations.update(anna, group, None, False)
    assert conversation_invites.accept(carol, token)["id"] == group


def test_the_list_is_paged_and_invitations_have_a_limit(anna: str, group: str, database: Database) -> None:
    made = [invite(anna, group)[0]["id"] for _ in range(5)]
    first = conversation_invites.page(anna, group, None, 3)
    assert [i["id"] for i in first["items"]] == made[:1:-1] and first["next"] == made[2]
    rest = conversation_invites.page(anna, group, first["next"], 3)
    assert [i["id"] for i in rest["items"]] == made[1::-1] and rest["next"] is None
    for number in range(30):
        invite(anna, group, email=f"u{number}@example.org")
    with pytest.raises(errors.Conflict, match="wait an hour"):
        invite(anna, group, email="one.more@example.org")
    invite(anna, group)
