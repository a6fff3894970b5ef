from __future__ import annotations

import hashlib

import pytest

from app.core.errors import Conflict, Forbidden, NotFound
from app.models import identities, users
from tests.databases import Database

OIDC = ("oidc", "https://id.example.org")
NAMED = ("new@example.org", "new", "new", "New Person")


def test_register_use_link_and_unlink(anna: str, bob: str) -> None:
    made = identities.register(*OIDC, "s1", *NAMED, True, None)
    assert identities.use(*OIDC, "s1", None, "renamed") == made
    assert identities.use("oidc", "https://other.example", "s1", None, "x") is None
    assert identities.register(*OIDC, "s1", *NAMED, False, None) == made
    assert [i["name"] for i in identities.list_of(made)] == ["renamed"]
    assert [i["provider"] for i in identities.link(bob, *OIDC, "s2", None, "bob")] == ["oidc"]
    with pytest.raises(Conflict, match="somebody else"):
        identities.link(anna, *OIDC, "s2", None, "bob")
    with pytest.raises(Conflict, match="unlink that one first"):
        identities.link(bob, *OIDC, "s3", None, "bob")
    with pytest.raises(NotFound):
        identities.unlink(anna, "oidc", ["oidc"], anna)
    assert identities.unlink(bob, "oidc", ["oidc"], bob) == []
    with pytest.raises(Conflict, match="only way"):
        identities.unlink(made, "oidc", ["oidc"], made)


def test_another_issuer_takes_the_place_of_the_old_one(bob: str) -> None:
    identities.link(bob, *OIDC, "s1", None, "bob")
    assert len(identities.link(bob, "oidc", "https://new.example.org", "s1", None, "bob")) == 1
    assert identities.use(*OIDC, "s1", None, "bob") is None


def test_register_takes_nothing_over(anna: str) -> None:
    with pytest.raises(Conflict, match="account with your e-mail address"):
        identities.register(*OIDC, "s1", "ANNA@example.org", "x", "x", None, True, None)
    with pytest.raises(Forbidden, match="no account here yet"):
        identities.register(*OIDC, "s1", *NAMED, False, None)


def test_a_disabled_user_links_nothing(bob: str) -> None:
    users.disable("bob", True)
    with pytest.raises(Forbidden, match="disabled"):
        identities.link(bob, *OIDC, "s1", None, "bob")


def test_a_passkey_is_another_way_in(database: Database) -> None:
    made = identities.register(*OIDC, "s1", *NAMED, True, None) if users.create("a", None, None, "h", "admin") else ""
    database.query(
        "insert into palaver.passkeys (user_id, credential_id, public_key, name) values (%s, 'c', 'k', 'n')", made
    )
    assert identities.unlink(made, "oidc", [], made) == []


def test_a_state_counts_once_and_is_forgotten(database: Database) -> None:
    state = hashlib.sha256(b"state").digest()
    assert identities.use_state(state, 600) is True
    assert identities.use_state(state, 600) is False
    database.query("update palaver.identity_states set expires_at = now() - interval '1 second'")
    assert identities.use_state(hashlib.sha256(b"other").digest(), 600) is True
    assert database.query("select count(*) from palaver.identity_states") == [(1,)]
