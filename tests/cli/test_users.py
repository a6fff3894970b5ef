from __future__ import annotations

import json

from tests.cli.conftest import Command
from tests.conftest import PASSWORD, Person, with_options
from tests.databases import Database


def test_an_account_made_here_can_sign_in(flask: Command, app, database: Database) -> None:
    made = flask("users", "create", "dora", "--email", "dora@example.org", "--display-name", "Dora D.",
                 given=f"{PASSWORD}\n{PASSWORD}\n")  # fmt: skip
    assert made.exit_code == 0, made.output
    assert made.output.endswith("Made dora, a member.\n")
    assert PASSWORD not in made.output
    assert Person(app).sign_in("dora@example.org").get("/api/auth/me").json["user"]["display_name"] == "Dora D."


def test_a_password_from_standard_input_may_hold_spaces(flask: Command, app) -> None:
    made = flask("users", "create", "dora", "--role", "admin", "--password-stdin", given=" two words \r\nnot this\n")
    assert made.output == "Made dora, an administrator.\n"
    assert Person(app).sign_in("dora", " two words ").get("/api/auth/me").json["user"]["role"] == "admin"


def test_two_different_passwords_are_asked_for_again(flask: Command, app) -> None:
    made = flask("users", "create", "dora", given=f"one thing\nanother\n{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0
    Person(app).sign_in("dora")


def test_what_will_not_do_is_said_in_one_line(flask: Command, anna: Person) -> None:
    for arguments, words in (
        (["my name"], "letters, digits, dots"),
        (["anna"], "That user name is taken"),
        (["dora", "--email", "anna@example.org"], "belongs to another account"),
        (["dora", "--email", "nonsense"], "not an e-mail address"),
    ):
        refused = flask("users", "create", *arguments, "--password-stdin", given=PASSWORD)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("Error: ")
        assert refused.stderr.count("\n") == 1
        assert words in refused.stderr
    short = flask("users", "create", "dora", "--password-stdin", given="short")
    assert short.stderr == "Error: Use at least 8 characters.\n"


def test_the_list_is_a_table_and_json(flask: Command, anna: Person, bob: Person) -> None:
    table = flask("users", "list").output.splitlines()
    assert table[0].split() == ["USER", "NAME", "E-MAIL", "ROLE", "MADE", "(UTC)", "STATE"]
    assert [line.split()[0] for line in table[1:]] == ["palaver", "anna", "bob"]
    column = table[0].index("ROLE")
    assert [line[column:].split()[0] for line in table[1:]] == ["assistant", "admin", "member"]
    listed = json.loads(flask("users", "list", "--json").output)
    assert [user["username"] for user in listed] == ["palaver", "anna", "bob"]
    assert "password_hash" not in listed[1]


def test_a_disabled_user_is_signed_out_until_it_is_undone(flask: Command, app, bob: Person) -> None:
    assert flask("users", "disable", "BOB@example.org").output == "bob is disabled and signed out everywhere.\n"
    assert bob.get("/api/auth/me").status_code == 401
    assert Person(app).post("/api/auth/login", {"email": "bob", "password": PASSWORD}).status_code == 403
    assert "disabled 20" in flask("users", "list").output
    assert flask("users", "disable", "bob", "--undo").output == "bob can sign in again.\n"
    Person(app).sign_in("bob")


def test_nobody_by_that_name(flask: Command) -> None:
    refused = flask("users", "disable", "nobody")
    assert refused.exit_code == 1
    assert refused.stderr == "Error: There is no user nobody.\n"


def test_a_name_cannot_steer_the_terminal(flask: Command, app, database: Database) -> None:
    flask("users", "create", "dora", "--password-stdin", given=PASSWORD)
    database.query("update palaver.users set display_name = %s where username = 'dora'", "\x1b[2Jgone")
    output = flask("users", "list").output
    assert "\x1b" not in output
    assert "?[2Jgone" in output


def test_wide_names_keep_the_columns(flask: Command) -> None:
    flask("users", "create", "dora", "--display-name", "山田太郎", "--password-stdin", given=PASSWORD)
    head, *rows = flask("users", "list").output.splitlines()
    dora = next(row for row in rows if row.startswith("dora"))
    assert dora.index("-") == head.index("E-MAIL") - 4  # four characters that are two columns wide each


def test_an_invitation_is_a_link(flask: Command, app, anna: Person) -> None:
    made = flask("users", "invite", "--role", "read_only", "--email", "dora@example.org")
    assert made.exit_code == 0 and "Registration is closed now" in made.stderr
    token = made.stdout.strip().rpartition("invite=")[2]
    app.config["PALAVER"] = with_options(app.config["PALAVER"], "auth", registration="invite")
    given = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "invite": token}
    joined = Person(app).post("/api/auth/register", given)
    assert (joined.status_code, joined.json["user"]["role"]) == (201, "read_only")
    assert "belongs to an account" in flask("users", "invite", "--email", "dora@example.org").stderr
