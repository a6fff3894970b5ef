from __future__ import annotations

import json

from app.models import features as model
from tests.cli.conftest import Command
from tests.conftest import Person


def test_the_operator_lists_and_switches(flask: Command, anna: Person) -> None:
    listed = {f["name"]: f for f in json.loads(flask("features", "list", "--json").output)}
    assert listed["user_search"]["enabled"] and listed["auth_v1"]["enabled"]
    assert flask("features", "off", "user_search").output == "user_search is off.\n"
    assert model.switched() == {"user_search": False}
    assert "user_search" in flask("features", "list").output
    assert flask("features", "on", "user_search").exit_code == 0
    assert model.switched() == {"user_search": True}


def test_wrong_names_are_refused_in_one_line(flask: Command, anna: Person) -> None:
    assert flask("features", "on", "user_search").exit_code == 0
    for name in ("tea", "auth_v1"):
        refused = flask("features", "on", name)
        assert refused.exit_code == 1 and refused.output.count("\n") == 1 and name in refused.output
