from __future__ import annotations

import getpass
import json
from pathlib import Path

from tests.cli.conftest import Command
from tests.conftest import Person
from tests.databases import Database


def test_the_operator_is_named_with_the_account_of_the_system(flask: Command, anna: Person, stranger: Person) -> None:
    assert flask("features", "off", "user_search").exit_code == 0
    entry = anna.get("/api/admin/audit?action=feature").json["items"][0]
    assert entry["actor_name"] == "operator" and entry["actor_id"] is None
    assert entry["details"] == {"enabled": False, "os_user": getpass.getuser()}
    stranger.post("/api/auth/login", {"email": "anna", "password": "wrong"})  # what follows is not the operator's
    assert anna.get("/api/admin/audit?action=sign_in").json["items"][0]["actor_name"] is None


def test_list_tells_and_filters(flask: Command, anna: Person) -> None:
    flask("features", "off", "user_search")
    said = flask("audit", "list").output
    assert "The operator switched user_search off" in said and "anna signed in (password)" in said
    assert "anna" not in flask("audit", "list", "--actor", "operator").output
    found = json.loads(flask("audit", "list", "--action", "session", "--limit", "1", "--json").output)
    assert [entry["action"] for entry in found] == ["session.created"]
    assert json.loads(flask("audit", "list", "--until", "2001-01-01", "--json").output) == []
    assert flask("audit", "list", "--since", "soon").exit_code == 2


def test_export_writes_every_page(flask: Command, anna: Person, database: Database, tmp_path: Path) -> None:
    database.query(
        "insert into palaver.audit (actor_name, action) select 'x', 'test.row' from generate_series(1, 1100)"
    )
    lines = flask("audit", "export", "--action", "test").output.splitlines()
    assert len(lines) == 1100 and json.loads(lines[0])["id"] > json.loads(lines[-1])["id"]
    assert flask("audit", "export", "--path", str(tmp_path / "log")).exit_code == 0
    assert len((tmp_path / "log").read_text().splitlines()) > 1100
