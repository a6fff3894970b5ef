from __future__ import annotations

import json

from bench.readers import Readers
from tests.cli.conftest import Command
from tests.conftest import Person
from tests.databases import Database
from tests.servers import Stack, Visitor, wait_for


def test_who_is_signed_in(flask: Command, anna: Person, bob: Person) -> None:
    head, *rows = flask("sessions", "list").output.splitlines()
    assert head.split()[:2] == ["ID", "USER"]
    assert {row.split()[1] for row in rows} == {"anna", "bob"}
    (only,) = json.loads(flask("sessions", "list", "--user", "bob", "--json").output)
    assert only["username"] == "bob"
    assert "token_hash" not in only


def test_one_session_is_revoked_and_the_others_stay(flask: Command, app, anna: Person, bob: Person) -> None:
    second = Person(app).sign_in("bob")
    session = second.get("/api/auth/me").json["session"]["id"]
    assert flask("sessions", "revoke", session).output == "Ended 1 session.\n"
    assert second.get("/api/auth/me").status_code == 401
    assert bob.get("/api/auth/me").status_code == 200
    again = flask("sessions", "revoke", session)
    assert again.exit_code == 1
    assert f"no living session has the id {session}" in again.stderr


def test_every_session_of_one_user_is_revoked(flask: Command, app, anna: Person, bob: Person) -> None:
    second = Person(app).sign_in("bob")
    assert flask("sessions", "revoke", "--user", "bob").output == "Ended 2 sessions.\n"
    assert [person.get("/api/auth/me").status_code for person in (anna, bob, second)] == [200, 401, 401]
    assert flask("sessions", "revoke", "--user", "bob").output == "Ended 0 sessions.\n"


def test_revoke_wants_to_know_which(flask: Command) -> None:
    for arguments in ([], ["not-an-id"], ["0192aaaa-0000-7000-8000-000000000000", "--user", "bob"]):
        assert flask("sessions", "revoke", *arguments).exit_code == 2


def test_prune_deletes_what_has_ended(flask: Command, database: Database, anna: Person, bob: Person) -> None:
    flask("sessions", "revoke", "--user", "bob")
    assert flask("sessions", "prune").output == "Deleted 1 session.\n"
    assert database.query("select count(*) from palaver.sessions") == [(1,)]
    assert anna.get("/api/auth/me").status_code == 200


def test_a_revoked_session_loses_its_open_stream(stack: Stack, shell) -> None:
    """The command is another process than the server: what it says goes over the database."""
    anna = Visitor(stack.url).set_up()
    with Readers(stack.url) as readers:
        reader = readers.open("/api/stream", anna.cookie())
        readers.await_open([reader])
        ended = shell("sessions", "revoke", "--user", "anna", env=stack.env)
        assert (ended.returncode, ended.stdout) == (0, "Ended 1 session.\n"), ended.stderr
        readers.await_all([reader], lambda r: r.closed)
    wait_for(lambda: anna.request("GET", "/api/auth/me").status == 401)
