"""Who is in a conversation, and who may say so."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg2
import pytest

from app.core import errors
from app.models import conversations, members, messages, threads, users
from tests.databases import Database
from tests.procs.conftest import post, reply
from tests.servers import wait_for


@pytest.fixture
def dora(make_user: Callable[..., str]) -> str:
    return make_user("dora")


def roles(actor: str, conversation: str) -> dict[str, str]:
    return {m["username"]: m["role"] for m in members.page(actor, conversation, None, 100)["items"]}


def changes(database: Database, topic: str) -> list[tuple[str, str, str]]:
    """What the log has of members on a topic."""
    return database.query(
        "select payload ->> 'action', payload ->> 'user_id', payload ->> 'role' from palaver.events"
        f" where topic_id = '{topic}' and kind = 'membership.changed' order by pos"
    )


def acts(database: Database) -> list[str]:
    return [
        kind for (kind,) in database.query("select action from palaver.audit where action ~ '^(mem|conv)' order by id")
    ]


def test_who_is_added_reads_and_writes_and_who_is_removed_does_not(anna: str, group: str, carol: str) -> None:
    added = members.add(anna, group, carol, "member")
    assert (added["username"], added["role"]) == ("carol", "member")
    root = post(carol, group)["id"]
    members.remove(anna, group, carol)
    with pytest.raises(errors.NotFound):
        post(carol, group)
    with pytest.raises(errors.NotFound):
        messages.get(carol, root)
    assert members.add(anna, group, carol, "viewer")["role"] == "viewer"
    assert messages.get(carol, root)["id"] == root
    with pytest.raises(errors.Forbidden):
        post(carol, group)


@pytest.mark.parametrize(
    "act",
    [
        lambda bob, posted: reply(bob, posted),
        lambda bob, posted: messages.edit(bob, posted, "other", [], False, False),
        lambda bob, posted: messages.delete(bob, posted),
        lambda bob, posted: threads.rename(bob, posted, "other"),
    ],
    ids=["post", "edit", "delete", "rename"],
)
def test_who_is_removed_while_he_acts_has_not_acted(
    act: Callable[[str, str], Any], anna: str, bob: str, group: str, database: Database
) -> None:
    posted = post(bob, group)["id"]
    connection = psycopg2.connect(database.runtime)
    with ThreadPoolExecutor(1) as pool, connection, connection.cursor() as cursor:
        cursor.execute("select api.member_remove(%s, %s, %s)", (anna, group, bob))
        acting = pool.submit(act, bob, posted)
        waits = "select pid from pg_locks where not granted"
        wait_for(lambda: database.query(waits), what="the act that waits")
        connection.commit()
        with pytest.raises(errors.NotFound):
            acting.result(10)
    connection.close()
    assert [m["content"] for m in threads.tree(anna, posted, None, None, 10)["items"]] == ["hello"]


def test_adding_again_changes_nothing_and_is_no_way_to_another_role(
    anna: str, group: str, carol: str, database: Database
) -> None:
    members.add(anna, group, carol, "member")
    said = changes(database, group)
    assert members.add(anna, group, carol, "member")["role"] == "member"
    with pytest.raises(errors.Conflict, match="change the role"):
        members.add(anna, group, carol, "viewer")
    assert changes(database, group) == said == [("added", carol, "member")]


def test_everybody_hears_a_change_once(anna: str, bob: str, group: str, carol: str, database: Database) -> None:
    members.add(anna, group, carol, "member")
    members.set_role(anna, group, carol, "admin")
    members.remove(anna, group, carol)
    of_group = [("added", carol, "member"), ("role_updated", carol, "admin"), ("removed", carol, "admin")]
    assert changes(database, group) == of_group
    assert changes(database, carol) == [of_group[0], of_group[2]]
    order = database.query(
        "select topic_id::text, payload ->> 'action' from palaver.events where kind = 'membership.changed'"
        f" and payload ->> 'user_id' = '{carol}' order by pos"
    )
    assert order == [
        (group, "added"), (carol, "added"), (group, "role_updated"), (carol, "removed"), (group, "removed")
    ]  # fmt: skip
    assert acts(database) == ["member.added", "member.role_changed", "member.removed"]


def test_owners_and_admins_govern_and_nobody_else(anna: str, bob: str, group: str, carol: str) -> None:
    for role, refusal in (("member", errors.Forbidden), ("viewer", errors.Forbidden), ("admin", None)):
        members.set_role(anna, group, bob, role)
        if refusal:
            with pytest.raises(refusal):
                members.add(bob, group, carol, "member")
        else:
            members.add(bob, group, carol, "member")
    with pytest.raises(errors.NotFound):
        members.remove(users.create("eve", None, None, "hash", "admin")["id"], group, carol)
    members.remove(bob, group, carol)
    users.govern(anna, bob, "read_only", None)
    with pytest.raises(errors.Forbidden):
        members.add(bob, group, carol, "member")


def test_an_admin_neither_touches_nor_makes_owners_and_admins(
    anna: str, bob: str, group: str, carol: str, dora: str
) -> None:
    members.set_role(anna, group, bob, "admin")
    members.add(anna, group, carol, "admin")
    for refused in (
        lambda: members.add(bob, group, dora, "admin"),
        lambda: members.add(bob, group, dora, "owner"),
        lambda: members.set_role(bob, group, carol, "viewer"),
        lambda: members.set_role(bob, group, bob, "owner"),
        lambda: members.remove(bob, group, carol),
        lambda: members.remove(bob, group, anna),
    ):
        with pytest.raises(errors.Forbidden, match="Only an owner"):
            refused()
    members.add(bob, group, dora, "member")
    members.set_role(bob, group, dora, "viewer")
    assert roles(anna, group) == {"anna": "owner", "bob": "admin", "carol": "admin", "dora": "viewer"}
    members.set_role(anna, group, carol, "owner")
    members.remove(carol, group, anna)
    assert roles(carol, group) == {"bob": "admin", "carol": "owner", "dora": "viewer"}


def test_the_last_owner_stays_until_somebody_else_is_one(anna: str, bob: str, group: str) -> None:
    for refused in (
        lambda: members.leave(anna, group),
        lambda: members.remove(anna, group, anna),
        lambda: members.set_role(anna, group, anna, "member"),
    ):
        with pytest.raises(errors.Conflict, match="make somebody else an owner first"):
            refused()
    members.set_role(anna, group, bob, "owner")
    members.leave(anna, group)
    assert roles(bob, group) == {"bob": "owner"}


def test_an_owner_whose_account_is_disabled_is_none(anna: str, bob: str, group: str, carol: str) -> None:
    members.add(anna, group, carol, "member")
    members.set_role(anna, group, bob, "owner")
    users.disable("bob", True)
    with pytest.raises(errors.Conflict, match="last owner"):
        members.leave(anna, group)
    with pytest.raises(errors.Invalid, match="disabled"):
        members.set_role(anna, group, bob, "admin")
    members.set_role(anna, group, carol, "owner")
    members.leave(anna, group)


@pytest.mark.parametrize("by_command", [False, True])
def test_who_is_there_longest_succeeds_the_last_owner_who_is_disabled(
    by_command: bool, make_user: Callable[..., str], anna: str, bob: str, carol: str, dora: str, database: Database
) -> None:
    owner = make_user("otto")
    group = conversations.create(owner, "group", "Garden", [], None)["id"]
    with_readers = conversations.create(owner, "group", "Shed", [], None)["id"]
    for conversation, user, role in (
        (group, dora, "viewer"), (group, carol, "member"), (group, bob, "admin"), (with_readers, dora, "viewer")
    ):  # fmt: skip
        members.add(owner, conversation, user, role)
    users.disable("otto", True) if by_command else users.govern(anna, owner, None, True)
    assert roles(bob, group) == {"otto": "owner", "dora": "viewer", "carol": "member", "bob": "owner"}
    assert changes(database, group)[-1] == ("role_updated", bob, "owner")
    assert acts(database)[-1] == "member.role_changed"
    assert roles(dora, with_readers) == {"otto": "owner", "dora": "viewer"}
    users.disable("bob", True)
    assert roles(carol, group)["carol"] == "owner"
    users.disable("bob", False)
    users.disable("carol", True)
    assert roles(bob, group) == {"otto": "owner", "dora": "viewer", "carol": "owner", "bob": "owner"}


def test_with_the_last_person_a_conversation_goes_into_the_archive(
    anna: str, bob: str, group: str, database: Database
) -> None:
    assistant = users.search(anna, "palaver", 1)["items"][0]["id"]
    members.add(anna, group, assistant, "member")
    members.leave(bob, group)
    members.leave(anna, group)
    assert database.query("select archived_at is not null from palaver.conversations") == [(True,)]
    assert conversations.page(anna, None, 10, True)["items"] == []
    assert acts(database)[-2:] == ["member.removed", "conversation.archived"]


@pytest.mark.parametrize("viewer", ["member", "viewer", "admin"])
def test_everybody_may_leave(viewer: str, anna: str, bob: str, group: str) -> None:
    members.set_role(anna, group, bob, viewer)
    members.leave(bob, group)
    assert roles(anna, group) == {"anna": "owner"}
    with pytest.raises(errors.NotFound):
        members.leave(bob, group)


def test_who_cannot_be_added(anna: str, group: str, carol: str) -> None:
    users.disable("carol", True)
    with pytest.raises(errors.Invalid, match="disabled"):
        members.add(anna, group, carol, "member")
    users.disable("carol", False)
    members.add(anna, group, carol, "member")
    with pytest.raises(errors.Invalid, match="nobody with this id"):
        members.add(anna, group, group, "member")
    assistant = users.search(anna, "palaver", 1)["items"][0]["id"]
    with pytest.raises(errors.Invalid, match="only be a member"):
        members.add(anna, group, assistant, "owner")
    members.add(anna, group, assistant, "member")
    members.remove(anna, group, assistant)
    with pytest.raises(errors.NotFound):
        members.remove(anna, group, assistant)


def test_the_members_of_other_kinds_stay(anna: str, bob: str, carol: str) -> None:
    for kind, others in (("direct", [bob]), ("assistant", [])):
        made = conversations.create(anna, kind, None, others, None)
        [other] = [person["id"] for person in made["participants"] if person["id"] != anna]
        for refused in (
            partial(members.add, anna, made["id"], carol, "member"),
            partial(members.set_role, anna, made["id"], other, "viewer"),
        ):
            with pytest.raises(errors.Conflict, match="begin a group"):
                refused()
        with pytest.raises(errors.Conflict, match="begin a group" if kind == "direct" else "only assistant here"):
            members.remove(anna, made["id"], other)


def test_a_direct_conversation_is_hidden_until_it_goes_on(anna: str, bob: str, database: Database) -> None:
    made = conversations.create(anna, "direct", None, [bob], None)["id"]

    def listed() -> list[str]:
        return [c["id"] for c in conversations.page(anna, None, 10)["items"]]

    assert listed() == [made]
    for brings_back in (lambda: post(bob, made), lambda: conversations.create(anna, "direct", None, [bob], None)):
        members.leave(anna, made)
        assert listed() == [] and conversations.get(anna, made)["id"] == made
        assert [c["id"] for c in conversations.page(bob, None, 10)["items"]] == [made]
        brings_back()
        assert listed() == [made]
    kinds = [k for (k,) in database.query(f"select kind from palaver.events where topic_id = '{anna}' order by pos")]
    assert kinds[-2:] == ["conversation.updated"] * 2


def test_the_list_of_members_is_paged(anna: str, make_user: Callable[..., str]) -> None:
    others = [make_user(f"u{n}") for n in range(24)]
    group = conversations.create(anna, "group", "Many", others[:10], None)["id"]
    for user in others[10:]:
        members.add(anna, group, user, "member")
    seen: list[str] = []
    after = None
    while True:
        page = members.page(anna, group, after, 7)
        seen += [m["id"] for m in page["items"]]
        if (after := page["next"]) is None:
            break
    assert len(seen) == 25 and set(seen) == {anna, *others} and seen[11:] == others[10:]
    shown: dict[str, Any] = conversations.get(anna, group)
    assert [m["id"] for m in shown["participants"]] == seen[:20] and shown["participant_count"] == 25
    with pytest.raises(errors.Invalid):
        members.page(anna, group, "x", 7)


def test_a_new_name_and_the_archive(anna: str, bob: str, group: str, carol: str, database: Database) -> None:
    members.set_role(anna, group, bob, "admin")
    assert conversations.update(bob, group, "Orchard", None)["title"] == "Orchard"
    with pytest.raises(errors.Forbidden):
        conversations.update(bob, group, None, True)
    assert conversations.update(anna, group, "Orchard", True)["archived_at"]
    conversations.update(anna, group, None, True)
    assert conversations.page(bob, None, 10)["items"] == []
    assert [c["id"] for c in conversations.page(bob, None, 10, True)["items"]] == [group]
    for refused in (lambda: post(bob, group), lambda: members.add(anna, group, carol, "member")):
        with pytest.raises(errors.Conflict, match="archive"):
            refused()
    assert conversations.update(anna, group, None, False)["archived_at"] is None
    post(bob, group)
    said = database.query(
        "select payload -> 'conversation' ->> 'title', (payload -> 'conversation' ->> 'archived_at') is null"
        " from palaver.events where kind = 'conversation.updated' order by pos"
    )
    assert said == [("Orchard", True), ("Orchard", False), ("Orchard", True)]
    assert acts(database)[1:] == ["conversation.archived", "conversation.unarchived"]
    direct = conversations.create(anna, "direct", None, [bob], None)["id"]
    with pytest.raises(errors.Conflict, match="leave it"):
        conversations.update(anna, direct, "Ours", None)


def test_a_conversation_is_never_without_an_owner(
    anna: str, bob: str, carol: str, dora: str, make_user: Callable[..., str], database: Database
) -> None:
    people = [anna, bob, carol, dora]
    group = conversations.create(anna, "group", "Everybody's", [*people[1:], make_user("eve")], None)["id"]
    for one in people[1:]:
        members.set_role(anna, group, one, "owner")
    chance = random.Random(7)

    def act(number: int) -> str:
        one, other = chance.sample(people, 2)
        try:
            match number % 4:
                case 0:
                    members.leave(one, group)
                case 1:
                    members.set_role(one, group, one, "member")
                case 2:
                    members.remove(one, group, other)
                case _:
                    members.set_role(one, group, other, "owner")
        except (errors.Forbidden, errors.NotFound, errors.Conflict) as error:
            return error.detail
        return "done"

    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(act, range(60)))
    assert done.count("done") >= 4
    left = database.query("select role from palaver.members where left_at is null")
    assert ("owner",) in left and ("member",) in left
