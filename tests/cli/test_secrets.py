from __future__ import annotations

import json

from flask import Flask

from app.cli.checks import files
from app.cli.checks.finding import Patient
from app.core.secrets import KeyRing
from app.core.settings import Config
from app.models import audit, totp
from tests.blueprints.test_totp import half, set_up
from tests.cli.conftest import Command
from tests.conftest import Person
from tests.databases import Cluster, Database
from tests.servers import Stack, Visitor


def test_the_keys_are_listed_and_never_told(flask: Command, app: Flask) -> None:
    ring = app.extensions["keys"]
    assert "forgot 0 old keys; 2 keys in the ring" in flask("secrets", "rotate").output
    listed = flask("secrets", "list").output
    assert [line.rsplit("  ", 1)[-1].strip() for line in listed.splitlines()] == ["STATE", "in use", "believed"]
    assert not any(key.secret.hex() in listed for key in ring.keys())
    assert [row["id"] for row in json.loads(flask("secrets", "list", "--json").output)] == [
        key.id.hex() for key in ring.keys()
    ]


def test_a_rotation_encrypts_anew_and_everything_goes_on(flask: Command, anna: Person, bob: Person, app: Flask) -> None:
    phone, _ = set_up(anna)
    bob.post("/api/auth/totp", {"password": "correct horse battery"})
    before = {row["user_id"]: row["secret"] for row in totp.sealed(None, 10)}
    assert flask("secrets", "rotate").output.startswith("Made a new key, encrypted 2 secrets with it")
    after = {row["user_id"]: row["secret"] for row in totp.sealed(None, 10)}
    ring = app.extensions["keys"]
    assert before.keys() == after.keys() == {anna.id, bob.id}
    assert len(audit.page(anna.id, {"action": "secrets"}, None, 5)["items"]) == 1
    assert all(ring.is_newest(secret) for secret in after.values())
    assert all(ring.decrypt(after[user], user) == ring.decrypt(before[user], user) for user in before)
    anna.converse("group")  # with the CSRF token from before
    assert half(app).post("/api/auth/totp/verify", {"code": phone.code()}).status_code == 200


def test_keys_whose_time_is_over_are_forgotten_and_nothing_with_them(
    flask: Command, anna: Person, app: Flask, monkeypatch
) -> None:
    phone, _ = set_up(anna)
    ring: KeyRing = app.extensions["keys"]
    for days in (0, 8, 16):
        monkeypatch.setattr(ring, "_clock", lambda days=days: 2_000_000_000 + days * 86_400)
        assert "encrypted 1 secret " in flask("secrets", "rotate").output
    assert len(ring.keys()) == 2
    assert half(app).post("/api/auth/totp/verify", {"code": phone.code()}).status_code == 200


def test_what_no_key_can_read_is_named(flask: Command, anna: Person, bob: Person, app: Flask) -> None:
    set_up(anna)
    app.extensions["keys"].path.write_text("ab" * 32)
    set_up(Person(app).sign_in("bob"))
    run = flask("secrets", "rotate")
    assert run.exit_code == 0 and "encrypted 1 secret with it" in run.output
    assert "No key can read the authenticator apps of: anna." in run.output


def test_a_rotation_under_a_running_server_throws_nobody_out(cluster: Cluster, tmp_path, shell) -> None:
    database: Database = cluster.clone()
    stack = Stack(database, tmp_path, jobs=False, PALAVER__SESSION__MAX_PER_USER="50")
    try:
        anna = Visitor(stack.url).set_up()
        session = anna.cookies["SESSION_ID"]
        for _ in range(3):
            before = anna.cookies["CSRF-TOKEN"]
            done = shell("secrets", "rotate", env=stack.env)
            assert done.returncode == 0 and "Made a new key" in done.stdout, done.stderr
            for _ in range(6):  # both workers
                anna.http.clear()
                anna.converse("group")
                fresh = Visitor(stack.url).sign_in("anna")
                fresh.converse("group")
            assert (anna.cookies["SESSION_ID"], anna.cookies["CSRF-TOKEN"]) == (session, before)
    finally:
        stack.stop()
        cluster.drop(database)


def test_the_doctor_looks_at_the_ring(config: Config, app: Flask) -> None:
    ring, patient = app.extensions["keys"], Patient(config)
    seen = files.secrets(patient)
    assert seen.state == "ok" and "1 key in the ring" in seen.seen
    ring.path.chmod(0o644)
    seen = files.secrets(patient)
    assert seen.state == "fault" and "chmod 600" in seen.mend
    ring.path.chmod(0o600)
    ring.path.write_text("nonsense")
    assert "is not a key ring" in files.secrets(patient).seen


def test_a_broken_ring_stops_the_start_with_one_line(shell, tmp_path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "secret_key").write_text("nonsense")
    run = shell("config", "show")
    assert run.returncode != 0 and "is not a key ring" in run.stderr and "Traceback" not in run.stderr


def test_second_factors_are_taken_away_by_the_operator(flask: Command, anna: Person, bob: Person) -> None:
    set_up(bob)
    assert flask("users", "reset-totp", "bob").output == (
        "bob has no second factor any more and is signed out everywhere.\n"
    )
    assert bob.get("/api/auth/me").status_code == 401
    assert bob.sign_in("bob").get("/api/conversations").status_code == 200
    gone = flask("users", "reset-totp", "nobody")
    assert gone.exit_code == 1 and gone.output == "Error: There is no such user.\n"
