from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import errors
from app.models import accounts, audit, invites, sessions, users
from tests.databases import Database

ONE, TWO, THREE = (letter * 32 for letter in (b"1", b"2", b"3"))
DAY = 86_400


def register(name: str = "dora", invite: bytes | None = None, verify: bytes | None = None, **more: Any) -> dict:
    return accounts.register(name, more.get("email", f"{name}@example.org"), "hash", invite, verify, DAY)


def session_of(user: str, token: bytes = b"s" * 32) -> str:
    return sessions.create(user, token, "firefox", "10.0.0.1", 3600, 7200, 5, "password")["session"]["id"]


def test_nobody_registers_before_the_first_account(database: Database) -> None:
    with pytest.raises(errors.Conflict, match="not set up"):
        register()


def test_without_mails_an_account_is_whole_at_once(anna: str) -> None:
    made = register()
    assert (made["waits"], made["user"]["email"], made["user"]["role"]) == (False, "dora@example.org", "member")
    assert made["user"]["email_verified_at"] is None
    with pytest.raises(errors.Conflict, match="belongs to another account"):
        register("eve", email="DORA@example.org")
    with pytest.raises(errors.Conflict, match="taken"):
        register("DORA", email="other@example.org")


def test_with_mails_nobody_signs_in_before_the_link_is_opened(anna: str) -> None:
    made = register(verify=ONE)
    user = made["user"]["id"]
    assert made["waits"] and not made["taken"]
    assert (made["user"]["email"], made["user"]["pending_email"]) == (None, "dora@example.org")
    assert users.credentials("Dora@example.org")["awaits_verification"]
    assert users.search(anna, "dora", 5)["items"] == []
    with pytest.raises(errors.NotFound):
        users.read(anna, user)
    with pytest.raises(errors.Forbidden, match="Open the link"):
        session_of(user)
    verified = accounts.verify_email(ONE)
    assert verified["email"] == "dora@example.org" and verified["email_verified_at"]
    assert session_of(user)
    assert users.read(anna, user)["username"] == "dora"
    with pytest.raises(errors.Gone):
        accounts.verify_email(ONE)


def test_an_address_that_is_taken_is_answered_like_a_free_one_and_never_given_away(anna: str) -> None:
    free, taken = register("dora", verify=ONE), register("eve", verify=TWO, email="ANNA@example.org")
    hidden = {"id", "username", "display_name", "pending_email", "created_at"}
    assert {k: v for k, v in free["user"].items() if k not in hidden} == {
        k: v for k, v in taken["user"].items() if k not in hidden
    }
    assert taken["taken"]
    with pytest.raises(errors.Conflict):
        accounts.verify_email(TWO)
    assert users.credentials("anna@example.org")["id"] == anna


def test_of_two_who_registered_an_address_the_one_who_can_read_it_has_it(anna: str) -> None:
    register("dora", verify=ONE), register("eve", verify=TWO, email="dora@example.org")
    assert accounts.verify_email(TWO)["username"] == "eve"
    with pytest.raises(errors.Conflict):
        accounts.verify_email(ONE)


def test_asking_again_makes_the_older_link_useless(anna: str) -> None:
    user = register(verify=ONE)["user"]["id"]
    assert accounts.ask_email(user, TWO, DAY)["email"] == "dora@example.org"
    with pytest.raises(errors.Gone):
        accounts.verify_email(ONE)
    assert accounts.verify_email(TWO)["email"] == "dora@example.org"
    with pytest.raises(errors.Conflict, match="no address to verify"):
        accounts.ask_email(user, THREE, DAY)


def test_a_link_grows_old_and_nobody_is_sent_many(anna: str, database: Database) -> None:
    user = register(verify=ONE)["user"]["id"]
    assert accounts.peek(ONE, "verify_email")["username"] == "dora"
    assert accounts.peek(ONE, "reset_password") is None
    database.query("update palaver.one_time_tokens set expires_at = now() - interval '1 second'")
    assert accounts.peek(ONE, "verify_email") is None
    with pytest.raises(errors.Gone):
        accounts.verify_email(ONE)
    for n in range(4):
        accounts.ask_email(user, bytes([n]) * 32, DAY)
    with pytest.raises(errors.Conflict, match="wait ten minutes"):
        accounts.ask_email(user, THREE, DAY)


def test_a_changed_address_counts_once_it_is_verified(bob: str) -> None:
    changed = accounts.change_email(bob, "bobby@example.org", ONE, DAY)
    assert (changed["before"], changed["taken"]) == ("bob@example.org", False)
    assert (changed["user"]["email"], changed["user"]["pending_email"]) == ("bob@example.org", "bobby@example.org")
    assert users.credentials("bobby@example.org") is None
    accounts.forget_password("bob", TWO, 3600)
    verified = accounts.verify_email(ONE)
    assert (verified["email"], verified["pending_email"]) == ("bobby@example.org", None)
    assert users.credentials("bob@example.org") is None
    with pytest.raises(errors.Gone):  # it went to the old address
        accounts.reset_password(TWO, "new")


def test_without_mails_a_changed_address_counts_at_once(bob: str, carol: str) -> None:
    changed = accounts.change_email(bob, "bobby@example.org", None, DAY)
    assert (changed["user"]["email"], changed["user"]["email_verified_at"]) == ("bobby@example.org", None)
    with pytest.raises(errors.Conflict):
        accounts.change_email(bob, "Carol@example.org", None, DAY)


def test_a_new_password_ends_the_other_sessions(bob: str) -> None:
    here, there = session_of(bob, ONE), session_of(bob, TWO)
    accounts.forget_password("bob", THREE, 3600)
    assert accounts.set_password(bob, "hash", "new", here) == 1
    assert [s["id"] for s in sessions.list_of(bob, bob)] == [here] and there != here
    assert users.credentials("bob")["password_hash"] == "new"
    with pytest.raises(errors.Conflict):
        accounts.set_password(bob, "hash", "another", here)
    with pytest.raises(errors.Gone):
        accounts.reset_password(THREE, "another")


def test_a_forgotten_password_is_chosen_anew_once(bob: str) -> None:
    session_of(bob)
    assert accounts.forget_password("nobody", ONE, 3600) is None
    assert accounts.forget_password("BOB@example.org", ONE, 3600) == {"email": "bob@example.org", "username": "bob"}
    accounts.forget_password("bob", TWO, 3600)
    with pytest.raises(errors.Gone):
        accounts.reset_password(ONE, "new")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: _try(lambda: accounts.reset_password(TWO, f"new{n}")), range(8)))
    assert len([d for d in done if d]) == 1
    assert sessions.list_of(bob, bob) == []
    assert users.credentials("bob")["password_hash"].startswith("new")


def test_a_disabled_account_is_sent_no_link_and_mails_have_a_bound(anna: str, bob: str) -> None:
    found = [accounts.forget_password("bob", bytes([n]) * 32, 3600) for n in range(6)]
    assert [f is not None for f in found] == [True] * 5 + [False]
    assert accounts.forget_password("anna", ONE, 3600)
    users.disable("anna", True)
    assert accounts.forget_password("anna", TWO, 3600) is None
    with pytest.raises(errors.Gone):
        accounts.reset_password(ONE, "new")


def _try(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except errors.Gone:
        return None


def test_an_invitation_is_accepted_once_and_gives_its_role(anna: str) -> None:
    made = invites.create(anna, ONE, None, "read_only", DAY)
    assert (made["state"], made["email"], made["created_by"]["username"]) == ("open", None, "anna")

    def accept(n: int) -> Any:
        return _try(lambda: register(f"guest{n}", invite=ONE))

    with ThreadPoolExecutor(4) as pool:
        accepted = [user for user in pool.map(accept, range(6)) if user]
    assert [a["user"]["role"] for a in accepted] == ["read_only"]
    listed = invites.page(anna, None, 10)["items"]
    assert [(i["state"], i["accepted_by"]["id"]) for i in listed] == [("accepted", accepted[0]["user"]["id"])]


def test_an_invitation_is_kept_when_the_name_is_taken(anna: str) -> None:
    invites.create(anna, ONE, None, "member", DAY)
    with pytest.raises(errors.Conflict):
        register("anna", invite=ONE, email="x@example.org")
    assert register("dora", invite=ONE)["user"]["username"] == "dora"


def test_an_invitation_for_an_address_is_for_that_address(anna: str, database: Database) -> None:
    invites.create(anna, ONE, "dora@example.org", "admin", DAY)
    with pytest.raises(errors.Invalid, match="another e-mail address"):
        register("eve", invite=ONE)
    again = invites.create(anna, TWO, "Dora@example.org", "member", DAY)
    assert {i["state"] for i in invites.page(anna, None, 10)["items"]} == {"open", "revoked"}
    with pytest.raises(errors.Gone):
        register(invite=ONE)
    made = register(invite=TWO, verify=THREE)
    assert not made["waits"] and made["user"]["email"] == "dora@example.org" and made["user"]["role"] == "member"
    assert again["state"] == "open"
    with pytest.raises(errors.Conflict, match="account already"):
        invites.create(anna, b"4" * 32, "dora@example.org", "member", DAY)


def test_invitations_are_revoked_expire_and_come_in_pages(anna: str, bob: str, database: Database) -> None:
    ids = [invites.create(anna, bytes([n]) * 32, None, "member", DAY)["id"] for n in range(3)]
    page = invites.page(anna, None, 2)
    rest = invites.page(anna, page["next"], 2)
    assert [i["id"] for i in page["items"] + rest["items"]] == ids[::-1] and rest["next"] is None
    assert invites.revoke(anna, ids[0]) and not invites.revoke(anna, ids[0])
    with pytest.raises(errors.Gone):
        register(invite=bytes([0]) * 32)
    database.query("update palaver.one_time_tokens set expires_at = now() where id = %s", ids[1])
    with pytest.raises(errors.Gone):
        register(invite=bytes([1]) * 32)
    assert [i["state"] for i in invites.page(anna, None, 9)["items"]] == ["open", "expired", "revoked"]
    for refused in (
        lambda: invites.create(bob, ONE, None, "admin", DAY),
        lambda: invites.page(bob, None, 9),
        lambda: invites.revoke(bob, ids[2]),
    ):
        with pytest.raises(errors.Forbidden):
            refused()
    assert invites.issue(TWO, None, "member", DAY)["created_by"] is None


def test_a_profile_changes_where_it_is_told_to(bob: str) -> None:
    before = users.credentials("bob")
    changed = accounts.update(bob, "Bob B.", None, "Europe/Stockholm", None)
    assert (changed["display_name"], changed["locale"], changed["time_zone"]) == ("Bob B.", "en", "Europe/Stockholm")
    assert accounts.update(bob, None, "de", None, "dark")["display_name"] == "Bob B."
    assert users.credentials("bob") == before


def test_what_is_of_no_use_is_deleted(anna: str, database: Database) -> None:
    register("dora", verify=ONE), register("eve", verify=TWO)
    accounts.verify_email(ONE)
    assert accounts.prune() == 0
    database.query("update palaver.users set created_at = now() - interval '8 days'")
    assert accounts.prune() == 1
    assert users.credentials("eve") is None and users.credentials("dora")
    orphans = database.query(
        "select id::text from palaver.topics where id not in"
        " (select id from palaver.users union select id from palaver.conversations)"
    )
    assert orphans == [("00000000-0000-0000-0000-000000000000",)]
    database.query("update palaver.one_time_tokens set expires_at = now() - interval '31 days'")
    assert accounts.prune() == 1


def test_administrators_make_find_and_read_accounts(anna: str, bob: str) -> None:
    made = users.add(anna, "dora", None, "Dora D.", "hash", "read_only")
    assert (made["role"], made["email"]) == ("read_only", None)
    first = users.page(anna, "", None, 2)
    second = users.page(anna, "", first["next"], 2)
    assert [u["username"] for u in first["items"] + second["items"]] == ["anna", "bob", "dora"]
    assert second["next"] is None
    assert [u["username"] for u in users.page(anna, "B@EXAMPLE", None, 9)["items"]] == ["bob"]
    assert users.page(anna, "%", None, 9)["items"] == []
    assert users.details(anna, bob)["email"] == "bob@example.org"
    assert audit.page(anna, {"action": "user.created", "actor": "anna"}, None, 9)["items"][0]["target_name"] == "dora"
    for refused in (
        lambda: users.page(bob, "", None, 9),
        lambda: users.details(bob, bob),
        lambda: users.add(bob, "eve", None, None, "hash", "admin"),
        lambda: users.govern(bob, bob, "admin", None),
    ):
        with pytest.raises(errors.Forbidden):
            refused()


def test_a_role_changes_and_asks_for_another_token(anna: str, bob: str) -> None:
    session_of(bob)
    assert users.govern(anna, bob, "admin", None)["role"] == "admin"
    assert sessions.load(b"s" * 32, "firefox", "10.0.0.1", False)["rotate"] is True
    entry = audit.page(anna, {"action": "user.role_changed"}, None, 1)["items"][0]
    assert entry["details"] == {"from": "member", "to": "admin"}


def test_a_disabled_user_is_out_until_enabled(anna: str, bob: str) -> None:
    session_of(bob)
    assert users.govern(anna, bob, None, True)["disabled_at"]
    assert sessions.list_of(anna, bob) == []
    with pytest.raises(errors.Forbidden):
        session_of(bob)
    assert users.govern(anna, bob, None, False)["disabled_at"] is None
    assert session_of(bob, ONE)
    actions = [e["action"] for e in audit.page(anna, {"action": "user"}, None, 2)["items"]]
    assert actions == ["user.enabled", "user.disabled"]


def test_one_administrator_always_remains(anna: str, bob: str, carol: str) -> None:
    for change in (("member", None), (None, True)):
        with pytest.raises(errors.Conflict, match="last administrator"):
            users.govern(anna, anna, *change)
    users.govern(anna, bob, "admin", None)

    def demote(pair: tuple[str, str]) -> Any:
        try:
            return users.govern(*pair, "member", None)
        except errors.PalaverError:
            return None

    with ThreadPoolExecutor(2) as pool:  # each demotes the other
        done = list(pool.map(demote, [(anna, bob), (bob, anna)]))
    assert len([d for d in done if d]) == 1


def test_administrators_see_and_end_everybodys_sessions(anna: str, bob: str, carol: str) -> None:
    mine, bobs = session_of(anna, ONE), [session_of(bob, TWO), session_of(bob, THREE)]
    carols = session_of(carol, b"4" * 32)
    page = sessions.page(anna, None, None, 2)
    rest = sessions.page(anna, None, page["next"], 2)
    assert [s["id"] for s in page["items"] + rest["items"]] == [carols, *bobs[::-1], mine]
    assert page["items"][0]["username"] == "carol"
    assert [s["id"] for s in sessions.page(anna, bob, None, 9)["items"]] == bobs[::-1]
    assert sessions.end_of(anna, bobs[0], None) == 1 and sessions.end_of(anna, bobs[0], None) == 0
    assert sessions.end_of(anna, None, bob) == 1
    for refused in (lambda: sessions.page(bob, bob, None, 9), lambda: sessions.end_of(bob, carols, None)):
        with pytest.raises(errors.Forbidden):
            refused()
    assert session_of(carol, b"5" * 32) and sessions.end_others(carol, carols) == 1
    assert [s["id"] for s in sessions.list_of(carol, carol)] == [carols]
