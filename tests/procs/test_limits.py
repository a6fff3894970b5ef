"""Limits in the database: profiles, assignments, and the one on posting."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from app.core.limits import Rules
from app.models import bootstrap, limits, messages
from app.models.listener import Listener
from tests.databases import Database

WINDOW = {"limit": 10, "window_seconds": 60}


def profile(actor: str, name: str = "uploads", **more: Any) -> dict[str, Any]:
    given = {"algorithm": "moving_window", "params": WINDOW, "description": None} | more
    return limits.create_profile(actor, name, **given)


def test_a_profile_is_made_changed_and_deleted(anna: str, database: Database) -> None:
    made = profile(anna, description="Files.")
    assert made in limits.profiles(anna)
    params = {"requests_per_second": 0.5, "burst": 3}
    changed = limits.update_profile(anna, made["id"], "gcra", params, None)
    assert (changed["algorithm"], changed["params"], changed["description"]) == ("gcra", params, None)
    kept = limits.update_profile(anna, made["id"], None, params | {"burst": 4}, "Both.")
    assert kept["algorithm"] == "gcra" and kept["updated_at"] >= changed["updated_at"]
    limits.delete_profile(anna, made["id"])
    assert made["id"] not in [p["id"] for p in limits.profiles(anna)]
    said = database.query("select actor_name, target_name, details ->> 'change' from palaver.audit"
                          " where action = 'limit.changed' order by id")  # fmt: skip
    assert said == [("anna", "uploads", c) for c in ("created", "updated", "updated", "deleted")]


def test_an_assignment_is_made_replaced_and_removed(anna: str, database: Database) -> None:
    first, second = profile(anna), profile(anna, "others")
    made = limits.assign(anna, first["id"], "POST", "/api/files/*", "user")
    again = limits.assign(anna, second["id"], "POST", "/api/files/*", "user")
    assert (again["id"], again["profile_name"], made["profile_name"]) == (made["id"], "others", "uploads")
    assert again in limits.assignments(anna)
    with pytest.raises(Conflict, match="assigned"):
        limits.delete_profile(anna, second["id"])
    limits.delete_profile(anna, first["id"])
    limits.unassign(anna, made["id"])
    limits.delete_profile(anna, second["id"])
    [(details,)] = database.query("select details from palaver.audit where details ->> 'change' = 'removed'")
    assert details == {"change": "removed", "method": "POST", "path": "/api/files/*", "scope": "user"}


def test_only_administrators(anna: str, bob: str) -> None:
    held = profile(anna)
    assigned = limits.assign(anna, held["id"], "*", "/x", "ip")
    for refused in (
        lambda: limits.profiles(bob),
        lambda: profile(bob, "mine"),
        lambda: limits.update_profile(bob, held["id"], None, WINDOW, None),
        lambda: limits.delete_profile(bob, held["id"]),
        lambda: limits.assignments(bob),
        lambda: limits.assign(bob, held["id"], "*", "/y", "ip"),
        lambda: limits.unassign(bob, assigned["id"]),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert held in limits.profiles(anna) and assigned in limits.assignments(anna)


def test_what_is_not_there(anna: str) -> None:
    nobody = str(uuid4())
    with pytest.raises(NotFound):
        limits.update_profile(anna, nobody, None, WINDOW, None)
    with pytest.raises(NotFound):
        limits.delete_profile(anna, nobody)
    with pytest.raises(NotFound):
        limits.assign(anna, nobody, "*", "/x", "ip")
    with pytest.raises(NotFound):
        limits.unassign(anna, nobody)
    profile(anna)
    with pytest.raises(Conflict, match="name"):
        profile(anna)


@pytest.mark.parametrize(
    ("algorithm", "params"),
    [
        ("moving_window", {}), ("moving_window", {"limit": 1}), ("moving_window", WINDOW | {"burst": 1}),
        ("moving_window", WINDOW | {"limit": 0}), ("moving_window", WINDOW | {"limit": 1.5}),
        ("moving_window", WINDOW | {"limit": "1"}), ("moving_window", WINDOW | {"window_seconds": 0}),
        ("moving_window", WINDOW | {"window_seconds": 1e9}), ("moving_window", WINDOW | {"limit": None}),
        ("gcra", WINDOW), ("gcra", {"requests_per_second": 0, "burst": 1}), ("gcra", {"requests_per_second": 1, "burst": 0}),
        ("gcra", {"requests_per_second": 1e300, "burst": 1}), ("moving_window", []), ("moving_window", None),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_with_is_refused(anna: str, database: Database, algorithm: str, params: Any) -> None:
    assert profile(anna)["params"] == WINDOW
    if isinstance(params, dict):
        with pytest.raises(Invalid, match="takes"):
            profile(anna, "odd", algorithm=algorithm, params=params)
    with pytest.raises(psycopg2.errors.IntegrityError):
        database.query("insert into palaver.limit_profiles (name, algorithm, params) values ('odd', %s, %s::jsonb)",
                       algorithm, json.dumps(params) if params is not None else None)  # fmt: skip


def test_the_operator_needs_no_account(anna: str, database: Database) -> None:
    made = limits.set_as_operator("uploads", "moving_window", WINDOW, "Files.")
    again = limits.set_as_operator("uploads", "moving_window", WINDOW | {"limit": 20}, None)
    assert (again["id"], again["description"], again["params"]["limit"]) == (made["id"], "Files.", 20)
    assigned = limits.assign_as_operator("uploads", "*", "/x", "key")
    with pytest.raises(Conflict):
        limits.delete_as_operator("uploads")
    limits.unassign_as_operator(assigned["id"])
    limits.delete_as_operator("uploads")
    for name in ("uploads", "never"):
        with pytest.raises(NotFound):
            limits.assign_as_operator(name, "*", "/x", "ip")
    written = "select count(*) from palaver.audit where action = 'limit.changed' and actor_id is null"
    assert database.query(written) == [(5,)]


def test_every_change_is_told_also_one_by_plain_sql(anna: str, database: Database) -> None:
    listener = Listener("palaver")
    try:
        for statement in (
            "update palaver.limit_profiles set params = '{\"limit\": 7, \"window_seconds\": 60}' where name = 'sign_in.ip'",
            "delete from palaver.limit_assignments where path_pattern = '/sign-in'",
        ):
            database.query(statement)
            [heard] = listener.wait(5)
            assert json.loads(heard)["kind"] == "limits.changed"
        profile(anna)
        assert "limits.changed" in "".join(listener.wait(5))
    finally:
        listener.close()


def test_seeds_are_sensible_and_leave_changes_alone(database: Database) -> None:
    held = Rules(**limits.rules())
    assert held.profiles["conversation.post"].amount == 10 and held.profiles["conversation.post"].seconds == 2.0
    assert [a.budget.profile for a in held.concerning("POST", "/api/auth/login")] == ["sign_in.ip", "everything.user"]
    assert [a.budget.profile for a in held.concerning("POST", "/sign-in/code")] == ["everything.ip", "proof.user"]
    assert [a.budget.profile for a in held.concerning("GET", "/c/1")] == ["everything.ip", "everything.user"]
    database.query(
        "update palaver.limit_profiles set params = '{\"limit\": 7, \"window_seconds\": 60}' where name = 'sign_in.ip'"
    )
    database.query("delete from palaver.limit_assignments where path_pattern = '/sign-in'")
    database.query("update palaver.ledger set digest = 'old' where file = 'seed/limits.sql'")
    bootstrap.bootstrap(database.owner)
    again = Rules(**limits.rules())
    assert again.profiles["sign_in.ip"].amount == 7
    assert [a.budget.profile for a in again.concerning("POST", "/sign-in")] == ["everything.ip", "everything.user"]


def say(actor: str, group: str, client_id: str | None = None, limited: bool = True) -> dict[str, Any]:
    return messages.post(actor, group, None, "hello", client_id, [], limited)


def slow(database: Database) -> None:
    """So slow that nothing comes back while the test runs."""
    database.query("update palaver.limit_profiles set params = '{\"requests_per_second\": 0.01, \"burst\": 10}'"
                   " where name = 'conversation.post'")  # fmt: skip


def test_posting_takes_a_burst_and_then_a_pace(anna: str, bob: str, group: str, database: Database) -> None:
    assert [bool(say(anna, group)) for _ in range(10)] == [True] * 10
    slow(database)
    database.query("delete from palaver.post_limits")
    for _ in range(10):
        say(anna, group)
    with pytest.raises(RateLimited) as refused:
        say(anna, group)
    assert refused.value.headers["X-RateLimit-Profile"] == "conversation.post"
    assert (refused.value.headers["RateLimit-Limit"], refused.value.headers["RateLimit-Remaining"]) == ("10", "0")
    assert 95 <= int(refused.value.headers["Retry-After"]) <= 100
    assert 995 <= int(refused.value.headers["RateLimit-Reset"]) <= 1000
    say(bob, group)  # everybody for himself
    database.query("update palaver.post_limits set tat = tat - interval '101 seconds'")
    say(anna, group)
    with pytest.raises(RateLimited):
        say(anna, group)


def test_posting_at_once_is_exact(anna: str, group: str, database: Database) -> None:
    slow(database)

    def one(_: int) -> bool:
        try:
            return bool(say(anna, group))
        except RateLimited:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(60))) == 10
    assert database.query("select count(*) from palaver.messages") == [(10,)]


def test_a_retry_is_not_charged(anna: str, group: str, database: Database) -> None:
    slow(database)
    client_id = str(uuid4())
    first = say(anna, group, client_id)
    assert {say(anna, group, client_id)["id"] for _ in range(30)} == {first["id"]}
    for _ in range(9):
        say(anna, group)
    assert say(anna, group, client_id)["id"] == first["id"]
    with pytest.raises(RateLimited):
        say(anna, group)


def test_posting_without_a_limit(anna: str, group: str, database: Database) -> None:
    slow(database)
    assert sum(bool(say(anna, group, limited=False)) for _ in range(12)) == 12
    database.query("update palaver.limit_profiles set algorithm = 'moving_window',"
                   " params = '{\"limit\": 2, \"window_seconds\": 1000}' where name = 'conversation.post'")  # fmt: skip
    assert [bool(say(anna, group)) for _ in range(2)] == [True, True]
    with pytest.raises(RateLimited):
        say(anna, group)
    database.query("delete from palaver.limit_profiles where name = 'conversation.post'")
    assert sum(bool(say(anna, group)) for _ in range(12)) == 12
