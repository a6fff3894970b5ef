from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import errors
from app.models import audit, features, sessions, users
from tests.databases import Database

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def session(bob: str) -> str:
    return sessions.create(bob, OLD, "firefox", "10.0.0.1", 3600, 7200, 5, "password")["session"]["id"]


def loaded(token_hash: bytes, agent: str = "firefox", ip: str = "10.0.0.1", check: bool = True) -> dict | None:
    return sessions.load(token_hash, agent, ip, check)


def test_rotation_is_due_at_half_the_idle_time(session: str, database: Database) -> None:
    assert loaded(OLD)["rotate"] is False
    database.query("update palaver.sessions set rotated_at = now() - interval '31 minutes'")
    assert loaded(OLD)["rotate"] is True


def test_after_a_rotation_both_tokens_work_for_ten_seconds(session: str, database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: sessions.rotate(session, OLD, bytes([n]) * 32), range(50)))
    assert won.count(True) == 1
    new = bytes([won.index(True)]) * 32
    assert loaded(new)["session"]["id"] == loaded(OLD)["session"]["id"] == session
    assert loaded(OLD)["rotate"] is False
    database.query("update palaver.sessions set rotated_at = now() - interval '11 seconds'")
    assert loaded(OLD) is None and loaded(new) is not None


def test_another_client_makes_a_session_suspicious_until_it_is_trusted(session: str) -> None:
    assert loaded(OLD, check=False, ip="10.0.0.2")["session"]["suspicious"] is False
    assert loaded(OLD, ip="10.0.0.2")["session"]["suspicious"] is True
    assert loaded(OLD)["session"]["suspicious"] is True
    assert sessions.trust(session, "chromium", "10.0.0.2")
    assert loaded(OLD, "chromium", "10.0.0.2")["session"]["suspicious"] is False


def test_one_sees_and_ends_one_s_own_sessions_and_administrators_all(
    session: str, anna: str, bob: str, carol: str
) -> None:
    assert [s["id"] for s in sessions.list_of(bob, bob)] == [session]
    assert [s["id"] for s in sessions.list_of(anna, bob)] == [session]
    with pytest.raises(errors.Forbidden):
        sessions.list_of(carol, bob)
    assert sessions.end(carol, session) is False
    assert sessions.end(anna, session) is True
    assert loaded(OLD) is None


def test_nothing_deadlocks_when_sessions_begin_and_end_at_once(bob: str, database: Database) -> None:
    def turn(n: int) -> None:
        made = sessions.create(bob, bytes([n]) * 32, "", None, 60, 60, 5, "password")["session"]["id"]
        sessions.revoke(None, "bob") if n % 3 == 0 else sessions.end(bob, made)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(turn, range(60)))
    assert database.query("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]


def test_the_audit_log_says_who_did_what_to_whom(session: str, anna: str, bob: str) -> None:
    audit.note(anna, "test.done", "user", bob, "bob", why="because")
    features.switch(anna, "registration", False)
    page = audit.page(anna, {}, None, 2)
    assert [e["action"] for e in page["items"]] == ["feature.switched", "test.done"]
    assert (
        page["items"][1] | {"actor_name": "anna", "target_name": "bob", "details": {"why": "because"}}
        == page["items"][1]
    )
    older = audit.page(anna, {}, int(page["next"]), 50)["items"]
    assert {"session.created", "user.created"} <= {e["action"] for e in older}
    assert [e["action"] for e in audit.page(anna, {"action": "session"}, None, 50)["items"]] == ["session.created"]
    assert audit.page(anna, {"actor": "ANNA"}, None, 50)["items"] == page["items"]
    assert audit.export({"since": "2999-01-01"}, None, 5) == {"items": [], "next": None}
    with pytest.raises(errors.Forbidden):
        audit.page(bob, {}, None, 5)


def test_the_audit_log_can_only_grow(session: str, database: Database) -> None:
    for change in ("delete from palaver.audit", "update palaver.audit set action = 'x.y'", "truncate palaver.audit"):
        with pytest.raises(Exception, match="only be added to"):
            database.query(change)


def test_features_are_switched_by_administrators(anna: str, bob: str) -> None:
    assert features.switched() == {}
    assert features.switch(anna, "require_totp", True) == {"require_totp": True}
    assert features.switch_as_operator("require_totp", False) == {"require_totp": False}
    with pytest.raises(errors.Forbidden):
        features.switch(bob, "require_totp", True)


def test_a_disabled_user_is_out(session: str) -> None:
    users.disable("bob", True)
    assert loaded(OLD) is None
