"""Ways in, and ways to throw others out, that stood open once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import errors
from app.models import accounts, invites, keys, local_user, sessions, users
from tests.databases import Database

TOKEN, LINK = b"t" * 32, b"l" * 32
DAY = 86_400


def key_of(user: str) -> bool:
    """Does the key that `make_key` made still open anything?"""
    return keys.load(b"k" * 32) is not None


def make_key(user: str) -> None:
    keys.create(user, "k", ["read"], b"k" * 32, "pv_k", None)
    assert key_of(user)


def begin(user: str, n: int, most: int = 2) -> str:
    made = sessions.create(user, bytes([n]) * 32, "", None, 600, 600, most, "password")
    return made["session"]["id"]


def test_an_invitation_ends_with_the_rights_of_who_made_it(anna: str, bob: str) -> None:
    users.govern(anna, bob, "admin", None)
    invites.create(bob, TOKEN, None, "admin", DAY)
    users.govern(anna, bob, "member", None)
    with pytest.raises(errors.Gone):
        accounts.register("eve", "eve@example.org", "h", TOKEN, None, DAY)
    users.govern(anna, bob, "admin", None)
    assert accounts.register("eve", "eve@example.org", "h", TOKEN, None, DAY)["user"]["role"] == "admin"


def test_disabling_an_account_ends_its_keys_for_good(anna: str, bob: str) -> None:
    make_key(bob)
    users.govern(anna, bob, None, True)
    users.govern(anna, bob, None, False)
    assert not key_of(bob)


def test_who_knows_only_the_password_throws_nobody_out(bob: str, database: Database) -> None:
    whole = [begin(bob, 1), begin(bob, 2)]
    database.query("update palaver.users set totp_confirmed_at = now(), totp_secret = 'x' where id = %s", bob)
    halves = [begin(bob, n) for n in range(3, 8)]
    assert set(sessions.alive(whole)) == set(whole)
    assert set(sessions.alive(halves)) == set(halves[-2:])
    database.query("select internal.session_complete(%s)", halves[-1])
    assert set(sessions.alive([*whole, halves[-1]])) == {whole[1], halves[-1]}


def test_an_invitation_to_nobody_in_particular_proves_no_address(anna: str) -> None:
    invites.create(anna, TOKEN, None, "member", DAY)
    made = accounts.register("squatter", "victim@example.org", "h", TOKEN, LINK, DAY)
    assert (made["waits"], made["user"]["email"]) == (False, None)
    assert users.credentials("victim@example.org") is None


def test_a_reset_of_an_address_that_was_never_proven_leaves_nothing_of_the_squatter(
    anna: str, bob: str, database: Database
) -> None:
    make_key(bob)
    database.query(
        "insert into palaver.passkeys (user_id, credential_id, public_key, name) values (%s, 'c', 'k', 'mine')", bob
    )
    database.query("update palaver.users set totp_confirmed_at = now(), totp_secret = 'x' where id = %s", bob)
    assert accounts.forget_password("bob@example.org", TOKEN, DAY)
    user = accounts.reset_password(TOKEN, "new")
    assert user["email_verified_at"] and not user["has_totp"]
    assert not key_of(bob)
    assert database.query("select count(*) from palaver.passkeys") == [(0,)]


def test_the_local_user_is_no_administrator_who_could_sign_in(database: Database) -> None:
    local_user.actor()
    assert users.setup_done() is False
    anna = users.setup("anna", "anna@example.org", "h")["id"]
    with pytest.raises(errors.Conflict, match="last administrator"):
        users.govern(anna, anna, "member", None)


def test_governing_and_signing_out_at_once_do_not_deadlock(anna: str, bob: str, database: Database) -> None:
    def turn(n: int) -> None:
        if n % 3:
            sessions.end(bob, begin(bob, n, 50))
        else:
            users.govern(anna, bob, ("member", "read_only")[n % 2], False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(turn, range(60)))
    assert database.query("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]


def test_what_a_table_refuses_is_said_in_words(anna: str) -> None:
    with pytest.raises(errors.Invalid, match="empty, too long"):
        keys.create(anna, "", ["read"], b"q" * 32, "pv_q", None)
