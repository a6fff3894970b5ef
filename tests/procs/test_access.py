"""Whatever changes who may what is told to every process that may remember it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from app.models import accounts, keys, local_user, sessions, users
from tests.databases import Database

HASH, OTHER, THIRD = (bytes([n]) * 32 for n in (1, 2, 3))


class Ear:
    """Hears what the database says to all processes."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True
        self._connection.cursor().execute("listen palaver")

    def heard(self) -> set[str]:
        """The users of whom something has changed since the last time."""
        self._connection.cursor().execute("select 1")
        self._connection.poll()
        lines = [json.loads(line) for n in self._connection.notifies for line in n.payload.splitlines()]
        self._connection.notifies.clear()
        return {line["payload"]["user_id"] for line in lines if line["kind"] == "access.changed"}

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def ear(database: Database) -> Iterator[Ear]:
    made = Ear(database.runtime)
    yield made
    made.close()


def begin(user: str, token: bytes = HASH) -> str:
    return sessions.create(user, token, "browser", "127.0.0.1", 3600, 7200, 10, "password")["session"]["id"]


def answer(token: bytes) -> Any:
    found = sessions.load(token, "browser", "127.0.0.1", True)
    return found and {k: v for k, v in found.items() if k != "seconds"}


# Every way in which the answer can change, one after the other.
CHANGES: dict[str, Callable[[str, str, Database], Any]] = {
    "profile": lambda user, session, _: accounts.update(user, "Anna B.", None, None, None),
    "role": lambda user, session, d: d.query("update palaver.users set role = 'read_only' where id = %s", user),
    "other address": lambda user, session, _: accounts.change_email(user, "new@example.org", None, None),
    "marked for rotation": lambda user, session, d: d.query("update palaver.sessions set rotation_reason = 'role'"),
    "waits for a factor": lambda user, session, d: d.query("update palaver.sessions set awaits_second_factor = true"),
    "suspicious": lambda user, session, _: sessions.load(HASH, "another", "127.0.0.1", True),
    "trusted": lambda user, session, _: sessions.trust(session, "browser", "127.0.0.1"),
    "authenticator app": lambda user, session, d: d.query(
        "update palaver.users set totp_secret = '\\x00', totp_confirmed_at = now()"
    ),
    "passkey": lambda user, session, d: d.query(
        "insert into palaver.passkeys (user_id, credential_id, public_key, name) values (%s, 'c', 'k', 'phone')", user
    ),
    "passkey gone": lambda user, session, d: d.query("delete from palaver.passkeys"),
    "shorter life": lambda user, session, d: d.query(
        "update palaver.sessions set expires_at = expires_at - interval '1 minute'"
    ),
    "disabled": lambda user, session, d: d.query("update palaver.users set disabled_at = now()"),
    "enabled": lambda user, session, d: d.query("update palaver.users set disabled_at = null"),
    "rotated": lambda user, session, _: sessions.rotate(session, HASH, OTHER),
    "ended": lambda user, session, _: sessions.end(user, session),
}


def test_every_change_of_a_session_is_told(anna: str, database: Database, ear: Ear) -> None:
    session = begin(anna)
    for name, change in CHANGES.items():
        before = answer(HASH)
        ear.heard()
        change(anna, session, database)
        assert answer(HASH) != before, name
        assert anna in ear.heard(), name


def test_the_end_of_everything_is_told(make_user: Callable[..., str], database: Database, ear: Ear) -> None:
    def ended_by(end: Callable[[str], Any]) -> bool:
        user = make_user(f"u{next(names)}")
        begin(user, bytes([next(names)]) * 32)
        ear.heard()
        end(user)
        return user in ear.heard()

    names = iter(range(10, 100))
    assert ended_by(lambda user: users.disable(_name(database, user), True))
    assert ended_by(lambda user: sessions.end_others(user, None))
    assert ended_by(lambda user: database.query("delete from palaver.sessions where user_id = %s", user))
    assert ended_by(lambda user: database.query("delete from palaver.users where id = %s", user))


def _name(database: Database, user: str) -> str:
    [(name,)] = database.query("select username from palaver.users where id = %s", user)
    return str(name)


def test_changes_of_keys_are_told(anna: str, database: Database, ear: Ear) -> None:
    key = keys.create(anna, "bot", ["read"], THIRD, "pv_xxxxxx", 3600)["id"]
    found = keys.load(THIRD)
    assert found is not None and 3500 < found["seconds"] <= 3600
    assert ear.heard() == set()  # being used changes nothing
    database.query("update palaver.api_keys set scopes = '{write}'")
    assert ear.heard() == {anna}
    assert keys.revoke(anna, key)
    assert ear.heard() == {anna}


def test_being_seen_changes_nothing_and_a_token_says_how_long_it_counts(
    anna: str, database: Database, ear: Ear
) -> None:
    session = begin(anna)
    database.query("update palaver.sessions set last_seen_at = now() - interval '2 minutes'")
    ear.heard()
    found = sessions.load(HASH, "browser", "127.0.0.1", True)
    assert found is not None and 3500 < found["seconds"] <= 3600
    assert database.query("select last_seen_at > now() - interval '1 minute' from palaver.sessions") == [(True,)]
    assert ear.heard() == set()
    sessions.rotate(session, HASH, OTHER)
    previous, current = (sessions.load(token, "browser", "127.0.0.1", True) for token in (HASH, OTHER))
    assert previous is not None and 0 < previous["seconds"] <= 10
    assert current is not None and current["seconds"] > 3000


def test_the_local_user_is_told_of_too(database: Database, ear: Ear) -> None:
    user = local_user.actor()["user"]["id"]
    ear.heard()
    database.query("update palaver.users set disabled_at = now() where id = %s", user)
    assert ear.heard() == {user}
