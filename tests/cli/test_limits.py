from __future__ import annotations

import json

from app.models import limits
from tests.cli.conftest import Command
from tests.conftest import Person


def test_the_operator_lists_sets_assigns_and_removes(flask: Command, anna: Person) -> None:
    told = flask("limits", "list").output
    assert "conversation.post" in told and "5 a second, 10 at once" in told and "/api/auth/login" in told
    assert flask("limits", "set", "uploads", "--limit", "20", "--window", "60").output == "uploads: 20 in 60 s.\n"
    assert (
        flask("limits", "set", "uploads", "--rate", "0.5", "--burst", "3").output
        == "uploads: 0.5 a second, 3 at once.\n"
    )
    assert "for each user" in flask("limits", "assign", "uploads", "/api/files/*", "--scope", "user").output
    listed = json.loads(flask("limits", "list", "--json").output)
    [one] = [a for a in listed["assignments"] if a["profile_name"] == "uploads"]
    assert (one["path_pattern"], one["method"], one["scope"]) == ("/api/files/*", "*", "user")
    assert "assigned" in flask("limits", "remove", "--profile", "uploads").stderr
    assert flask("limits", "remove", one["id"]).output == "Removed.\n"
    assert flask("limits", "remove", "--profile", "uploads").exit_code == 0
    assert "uploads" not in [p["name"] for p in limits.rules()["profiles"]]


def test_mistakes_are_told_in_one_line(flask: Command, anna: Person) -> None:
    assert flask("limits", "set", "uploads", "--limit", "20", "--window", "60").exit_code == 0
    for arguments, told in (
        (("set", "uploads", "--limit", "20"), "window_seconds"),
        (("set", "uploads", "--rate", "1", "--burst", "0"), "burst"),
        (("assign", "never", "/x"), "no such profile"),
        (("assign", "uploads", "x"), "path"),
        (("remove", "0192aaaa-0000-7000-8000-000000000000"), "no such assignment"),
    ):
        refused = flask("limits", *arguments)
        assert refused.exit_code == 1 and told in refused.stderr and refused.stderr.count("\n") == 1, arguments
    assert flask("limits", "remove").exit_code == 2
