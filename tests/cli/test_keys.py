from __future__ import annotations

import json

from flask import Flask

from tests.blueprints.test_keys import Robot
from tests.cli.conftest import Command
from tests.conftest import Person


def test_a_key_is_made_listed_and_revoked(flask: Command, app: Flask, anna: Person, bob: Person) -> None:
    made = flask(
        "keys", "create", "backup", "--user", "bob@example.org", "--scope", "read", "--scope", "write", "--days", "2"
    )
    token = made.output.strip()
    robot = Robot(app, token)
    assert robot.get("/api/auth/me").json["user"]["username"] == "bob"
    listed = flask("keys", "list")
    assert token not in listed.output and "read,write" in listed.output and "backup" in listed.output
    (key,) = json.loads(flask("keys", "list", "--user", "bob", "--json").output)
    assert json.loads(flask("keys", "list", "--user", "anna", "--json").output) == []
    assert flask("keys", "revoke", key["id"]).output == "Revoked.\n"
    assert robot.get("/api/auth/me").status_code == 401
    again = flask("keys", "revoke", key["id"])
    assert again.exit_code == 1 and f"no key has the id {key['id']}" in again.stderr


def test_json_and_what_is_refused(flask: Command, app: Flask, anna: Person) -> None:
    made = json.loads(flask("keys", "create", "robot", "--user", "anna", "--scope", "admin", "--json").output)
    assert made["key"]["scopes"] == ["admin"] and made["token"].startswith("pv_")
    nobody = flask("keys", "create", "robot", "--user", "nobody")
    assert nobody.exit_code == 1 and "There is no user nobody" in nobody.stderr
    assert flask("keys", "create", "robot", "--user", "anna", "--scope", "all").exit_code == 2
    assert flask("keys", "create", "robot", "--user", "anna", "--days", "0").exit_code == 2
    assert flask("keys", "revoke", "x").exit_code == 2
