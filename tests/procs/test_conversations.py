from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from app.core import errors
from app.models import conversations, db, users
from tests.databases import Database
from tests.procs.conftest import post


def test_a_conversation_with_the_assistant_has_the_assistant(anna: str) -> None:
    made = conversations.create(anna, "assistant", "Hi", [], None)
    assert sorted(p["kind"] for p in made["participants"]) == ["assistant", "human"]
    assert made["role"] == "owner"


def test_a_direct_conversation_exists_once_and_is_named_after_the_other(anna: str, bob: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(
                lambda n: conversations.create((anna, bob)[n % 2], "direct", None, [(bob, anna)[n % 2]], None), range(6)
            )
        )
    assert len({m["id"] for m in made}) == 1
    assert {m["title"] for m in made} == {"anna", "bob"}


@pytest.mark.parametrize("kind,members", [("direct", 0), ("direct", 2), ("assistant", 1)])
def test_the_wrong_number_of_members_is_refused(kind: str, members: int, anna: str, bob: str, carol: str) -> None:
    with pytest.raises(errors.Invalid):
        conversations.create(anna, kind, "x", [bob, carol][:members], None)


def test_unknown_members_are_refused(anna: str) -> None:
    with pytest.raises(errors.Invalid):
        conversations.create(anna, "group", "x", [str(uuid.uuid4())], None)


def test_a_retry_finds_the_first(anna: str) -> None:
    client_id = str(uuid.uuid4())
    first = conversations.create(anna, "group", "x", [], client_id)
    assert conversations.create(anna, "group", "x", [], client_id)["id"] == first["id"]


def test_the_list_is_paged_by_activity(anna: str) -> None:
    made = [conversations.create(anna, "group", f"g{n}", [], None)["id"] for n in range(7)]
    post(anna, made[0])
    seen, after = [], None
    while True:
        page = conversations.page(anna, after, 3)
        seen += [c["title"] for c in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["g0", "g6", "g5", "g4", "g3", "g2", "g1"]


def test_a_cursor_of_somebody_s_own_making_is_refused(anna: str) -> None:
    for cursor in ("x", "2026-01-01|nobody", "|"):
        with pytest.raises(errors.Invalid):
            conversations.page(anna, cursor, 3)


def test_search_finds_by_the_beginning_of_a_name(anna: str, bob: str, make_user: Callable[..., str]) -> None:
    def found(query: str) -> list[str]:
        return [u["username"] for u in users.search(anna, query, 10)["items"]]

    make_user("Bernd")
    assert found("B") == ["Bernd", "bob"]
    assert found("%") == []
    users.disable("bob", True)
    assert found("b") == ["Bernd"]


def test_people_come_in_pages(anna: str, make_user: Callable[..., str]) -> None:
    for n in range(5):
        make_user(f"Gil{n}")
    everybody = [u["username"] for u in users.search(anna, "", 10)["items"]]
    assert everybody == ["palaver", "Gil0", "Gil1", "Gil2", "Gil3", "Gil4"]
    seen, after = [], None
    for _ in range(3):
        page = users.search(anna, "", 2, after)
        seen, after = [*seen, *(u["username"] for u in page["items"])], page["next"]
    assert seen == everybody and after is None


def test_the_run_time_role_reads_no_table(database: Database) -> None:
    pool = db.pool()
    connection = pool.connect()
    for statement in (
        "select * from palaver.users",
        "select internal.server_topic()",
        "delete from palaver.events",
        "create table x ()",
        "create table public.x ()",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            connection.cursor().execute(statement)
    connection.close()


def test_people_who_begin_conversations_with_each_other_do_not_deadlock(
    anna: str, bob: str, carol: str, database: Database
) -> None:
    people = [anna, bob, carol]

    def begin(n: int) -> str:
        me, you = people[n % 3], people[(n + 1 + n // 3 % 2) % 3]
        return conversations.create(me, "group" if n % 4 else "direct", f"g{n}", [you], None)["id"]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(begin, range(80)))
    assert database.query("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]
