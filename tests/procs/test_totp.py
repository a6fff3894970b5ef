from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import errors
from app.models import sessions, totp
from tests.databases import Database

CODES = [bytes([n]) * 32 for n in range(10)]


def begun(user: str, token: bytes = b"t" * 32) -> str:
    return sessions.create(user, token, "", None, 3600, 7200, 5, "password")["session"]["id"]


@pytest.fixture
def session(bob: str) -> str:
    return begun(bob)


@pytest.fixture
def confirmed(bob: str, session: str) -> str:
    """Bob has an authenticator app; a session of his that waits for its code."""
    totp.begin(bob, b"sealed")
    totp.confirm(bob, session, b"sealed", 100, CODES)
    return begun(bob, b"u" * 32)


def waits(session: str, token: bytes = b"u" * 32) -> bool | None:
    found = sessions.load(token, "", None, False)
    return found and found["session"]["awaits_second_factor"]


def test_a_secret_counts_once_it_is_confirmed(bob: str, session: str) -> None:
    assert totp.pending(bob) is None
    totp.begin(bob, b"first")
    totp.begin(bob, b"second")
    assert totp.pending(bob) == b"second" and totp.state(bob)["pending"] is True
    with pytest.raises(errors.Conflict):
        totp.confirm(bob, session, b"first", 1, CODES)
    other = begun(bob, b"o" * 32)
    assert waits(other, b"o" * 32) is False
    totp.confirm(bob, session, b"second", 1, CODES)
    assert totp.pending(bob) is None
    assert totp.state(bob) | {"enabled": True, "recovery_codes_left": 10} == totp.state(bob)
    assert sessions.load(b"o" * 32, "", None, False) is None
    assert sessions.load(b"t" * 32, "", None, False)["rotate"] is True
    with pytest.raises(errors.Conflict):
        totp.begin(bob, b"third")


def test_an_open_set_up_cannot_be_guessed_through(bob: str, session: str) -> None:
    totp.begin(bob, b"sealed")
    assert [totp.refuse_pending(bob, session) for _ in range(4)] == [4, 3, 2, 1]
    assert totp.pending(bob) == b"sealed"
    assert totp.refuse_pending(bob, session) == 0
    assert totp.pending(bob) is None and sessions.load(b"t" * 32, "", None, False) is not None
    totp.begin(bob, b"again")
    assert totp.refuse_pending(bob, session) == 4


def test_a_step_counts_once_and_only_forwards(bob: str, confirmed: str) -> None:
    assert totp.accept(bob, confirmed, 100) is False  # the one of the set-up
    assert waits(confirmed) is True
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: totp.accept(bob, confirmed, 101), range(20))).count(True) == 1
    assert waits(confirmed) is False
    assert totp.accept(bob, confirmed, 99) is False and totp.accept(bob, confirmed, 102) is True


def test_five_tries_however_many_come_at_once(bob: str, confirmed: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: totp.attempt(bob, confirmed), range(30)))
    assert sorted(tried["left"] for tried in found if tried) == [0, 1, 2, 3, 4]
    assert {tried["secret"] for tried in found if tried} == {b"sealed"}
    assert totp.refuse(bob, confirmed, "totp") == 0
    assert waits(confirmed) is None


def test_a_right_one_begins_the_count_anew(bob: str, confirmed: str) -> None:
    for _ in range(4):
        totp.attempt(bob, confirmed)
        totp.refuse(bob, confirmed, "totp")
    assert totp.attempt(bob, confirmed)["left"] == 0
    assert totp.accept(bob, confirmed, 101)
    assert totp.attempt(bob, confirmed)["left"] == 4


def test_tries_are_for_one_s_own_session(bob: str, carol: str, confirmed: str) -> None:
    assert totp.attempt(carol, confirmed) is None
    assert totp.attempt(bob, confirmed)["left"] == 4


def test_wrong_codes_of_all_sessions_are_counted(bob: str, confirmed: str) -> None:
    for n in range(10):
        assert totp.attempt(bob, confirmed)["wait"] is False, n
        if totp.refuse(bob, confirmed, "totp") == 0:
            confirmed = begun(bob, bytes([n]) * 32)
    assert totp.attempt(bob, confirmed)["wait"] is True
    totp.refuse(bob, confirmed, "recovery_code")
    assert totp.accept_recovery(bob, confirmed, CODES[0]) is True
    assert totp.attempt(bob, confirmed)["wait"] is False


def test_a_recovery_code_works_once(bob: str, carol: str, confirmed: str) -> None:
    assert totp.accept_recovery(carol, confirmed, CODES[0]) is False
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda _: totp.accept_recovery(bob, confirmed, CODES[0]), range(20)))
    assert won.count(True) == 1 and waits(confirmed) is False
    assert totp.state(bob)["recovery_codes_left"] == 9
    totp.replace_codes(bob, CODES[5:])
    assert totp.state(bob)["recovery_codes_left"] == 5
    assert totp.accept_recovery(bob, confirmed, CODES[1]) is False
    with pytest.raises(errors.Conflict):
        totp.replace_codes(carol, CODES)


def test_off_again(bob: str, carol: str, confirmed: str) -> None:
    totp.disable(bob)
    assert totp.state(bob) == {"enabled": False, "enabled_at": None, "pending": False, "recovery_codes_left": 0}
    with pytest.raises(errors.Conflict):
        totp.disable(carol)


def test_administrators_and_operators_reset(anna: str, bob: str, carol: str, confirmed: str) -> None:
    with pytest.raises(errors.Forbidden):
        totp.reset(carol, bob)
    with pytest.raises(errors.Forbidden):
        totp.reset(bob, bob)
    totp.reset(anna, bob)
    assert totp.state(bob)["enabled"] is False and waits(confirmed) is None
    assert totp.reset_as_operator("BOB@example.org") == "bob"
    with pytest.raises(errors.NotFound):
        totp.reset_as_operator("nobody")


def test_what_is_stored_encrypted_is_encrypted_anew(anna: str, bob: str, carol: str, database: Database) -> None:
    for user in (anna, bob, carol):
        totp.begin(user, f"of {user}".encode())
    first = totp.sealed(None, 2)
    rest = totp.sealed(first[-1]["user_id"], 2)
    assert {row["user_id"]: row["secret"] for row in first + rest} == {
        u: f"of {u}".encode() for u in (anna, bob, carol)
    }
    assert totp.reseal(bob, f"of {bob}".encode(), b"new") is True
    assert totp.reseal(bob, f"of {bob}".encode(), b"late") is False
    assert totp.pending(bob) == b"new"
