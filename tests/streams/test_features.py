"""A switch that is set while the server runs."""

from __future__ import annotations

import time

from app.models import db, features
from tests.servers import Stack, Visitor, wait_for


def states(admin: Visitor, most: int = 40) -> set[bool]:
    """What many requests on connections of their own are answered: every worker has its say."""
    found = set()
    for _ in range(most):
        fresh = Visitor(admin.url)
        fresh.cookies = admin.cookies
        items = fresh.ok("GET", "/api/admin/features")["items"]
        found.add(next(item["enabled"] for item in items if item["name"] == "user_search"))
        fresh.http.clear()
    return found


def test_every_process_follows_a_switch(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    assert states(anna) == {True}
    anna.ok("PUT", "/api/admin/features/user_search", {"enabled": False})
    time.sleep(1)
    assert states(anna) == {False}


def test_a_switch_that_nobody_was_told_of_is_found(stack: Stack) -> None:
    anna = Visitor(stack.url).set_up()
    db.configure(stack.database.runtime, 1)
    features.switch_as_operator("user_search", False)
    stack.database.query("delete from palaver.outbox where kind = 'feature.changed'")
    # Either the event had left already, or the listener's new beginning shows it.
    stack.database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen palaver' and datname = current_database()"
    )
    wait_for(lambda: states(anna, 12) == {False}, 20, "the switch")
    assert states(anna, 12) == {False}
