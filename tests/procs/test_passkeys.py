from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import errors
from app.models import passkeys, sessions, totp
from tests.databases import Database


@pytest.fixture
def session(bob: str) -> str:
    return sessions.create(bob, b"t" * 32, "", None, 3600, 7200, 5, "password")["session"]["id"]


def add(user: str, session: str, number: int = 1, challenge: int | None = None) -> dict:
    hashed = bytes([number if challenge is None else challenge]) * 32
    return passkeys.add(user, session, hashed, bytes([number]) * 16, b"public key", 7, f"Phone {number}")


def test_one_s_own_and_nobody_else_s(bob: str, carol: str, session: str) -> None:
    made = add(bob, session)
    assert passkeys.list_of(bob) == [made] and passkeys.list_of(carol) == []
    assert passkeys.find(b"\x01" * 16) == {
        "id": made["id"], "user_id": bob, "public_key": b"public key", "sign_count": 7
    }  # fmt: skip
    assert passkeys.find(b"\x02" * 16) is None
    assert passkeys.rename(bob, made["id"], "Other")["name"] == "Other"
    for call in (lambda: passkeys.rename(carol, made["id"], "x"), lambda: passkeys.remove(carol, made["id"])):
        with pytest.raises(errors.NotFound):
            call()
    passkeys.remove(bob, made["id"])
    assert passkeys.list_of(bob) == []


def test_making_one_shows_a_second_factor(bob: str, session: str) -> None:
    add(bob, session)
    found = sessions.load(b"t" * 32, "", None, False)
    assert found["session"]["second_factor"] == "passkey" and found["user"]["has_passkey"] is True


def test_a_challenge_and_a_credential_count_once(bob: str, session: str) -> None:
    add(bob, session, 1)
    with pytest.raises(errors.Conflict, match="begin again"):
        add(bob, session, 2, challenge=1)
    with pytest.raises(errors.Conflict, match="known already"):
        add(bob, session, 1, challenge=3)


def test_twenty_are_enough(bob: str, session: str) -> None:
    for number in range(1, 21):
        add(bob, session, number)
    with pytest.raises(errors.Conflict, match="remove one"):
        add(bob, session, 21)


def test_the_count_only_grows(bob: str, session: str, database: Database) -> None:
    passkey = add(bob, session)["id"]
    assert passkeys.use(passkey, b"a" * 32, 8) is True
    assert passkeys.use(passkey, b"b" * 32, 8) is False
    assert passkeys.use(passkey, b"c" * 32, 0) is False
    assert passkeys.use(passkey, b"a" * 32, 9) is False  # answered before
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: passkeys.use(passkey, bytes([n]) * 32, 9), range(150, 170))).count(True) == 1
    database.query("update palaver.passkeys set sign_count = 0")
    assert passkeys.use(passkey, b"d" * 32, 0) and passkeys.use(passkey, b"e" * 32, 0)
    assert passkeys.use(passkey, b"e" * 32, 0) is False


def test_old_challenges_are_cleared_away(bob: str, session: str, database: Database) -> None:
    passkey = add(bob, session)["id"]
    database.query("update palaver.passkey_challenges set expires_at = now() - interval '1 second'")
    passkeys.use(passkey, b"n" * 32, 8)
    assert database.query("select encode(challenge_hash, 'escape') from palaver.passkey_challenges") == [("n" * 32,)]


def test_as_a_second_factor(bob: str, session: str) -> None:
    totp.begin(bob, b"sealed")
    totp.confirm(bob, session, b"sealed", 1, [])
    half = sessions.create(bob, b"u" * 32, "", None, 3600, 7200, 5, "password")["session"]
    assert half["awaits_second_factor"] is True
    passkeys.accept(bob, half["id"])
    assert sessions.load(b"u" * 32, "", None, False)["session"]["awaits_second_factor"] is False


def test_an_administrator_takes_passkeys_away_too(anna: str, bob: str, session: str) -> None:
    add(bob, session)
    totp.reset(anna, bob)
    assert passkeys.list_of(bob) == []
