from __future__ import annotations

import sys
from typing import Any

import click
from flask import current_app

from app.cli import database, output
from app.cli.failures import Group
from app.models import totp, users
from app.services import auth, invites

ROLES = ("admin", "member", "read_only")

group = Group("users", help="Accounts: make, invite, list, disable.")


@group.command()
@click.argument("name")
@click.option("--email", help="E-mail address, with which one can also sign in.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--display-name", help="The name others see; the user name when not given.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create(name: str, email: str | None, role: str, display_name: str | None, password_stdin: bool) -> None:
    """Make the account NAME; its password is asked for."""
    database.connect()
    password = _from_stdin() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    user = auth.create_user(name, email, password, role, display_name)
    click.echo(f"Made {_described(user)}.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every account, oldest first."""
    database.connect()
    found = users.all_users()
    if as_json:
        output.show_json(found)
        return
    rows = [
        (u["username"], u["display_name"], u["email"] or "-", u["role"] if u["kind"] == "human" else u["kind"],
         output.minute(u["created_at"]), _state(u))
        for u in found
    ]  # fmt: skip
    output.table(("USER", "NAME", "E-MAIL", "ROLE", "MADE (UTC)", "STATE"), rows)


@group.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the account sign in again.")
def disable(name: str, undo: bool) -> None:
    """Sign NAME (user name or e-mail address) out everywhere and let nobody sign in as NAME."""
    database.connect()
    user = users.disable(name, not undo)
    click.echo(f"{output.plain(user['username'])} can sign in again." if undo else
               f"{output.plain(user['username'])} is disabled and signed out everywhere.")  # fmt: skip


@group.command()
@click.option("--email", help="Whom alone it is good for; it is mailed there when this server sends mails.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How long it can be accepted.")
def invite(email: str | None, role: str, days: int) -> None:
    """Make a link with which somebody registers, once. Without --email it is good for whoever has it."""
    database.connect()
    made = invites.create(None, current_app.extensions["mailing"], email, role, days * invites.DAY)
    click.echo(made["url"])
    if made["mail"]:
        click.echo("Sent." if made["mail"] == "sent" else "The mail could not be sent; pass the link on.", err=True)
    if database.settings().auth.registration == "closed":
        click.echo("Registration is closed now; set auth.registration to invite.", err=True)


@group.command("reset-totp")
@click.argument("name")
def reset_totp(name: str) -> None:
    """Take every second factor of NAME away (authenticator app, recovery codes, passkeys) and sign NAME out.

    For somebody who lost the phone: the password then suffices once more.
    """
    database.connect()
    user = totp.reset_as_operator(name)
    click.echo(f"{output.plain(user)} has no second factor any more and is signed out everywhere.")


def _from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _described(user: dict[str, Any]) -> str:
    role = {"admin": "an administrator", "member": "a member", "read_only": "a reader"}[user["role"]]
    return f"{output.plain(user['username'])}, {role}"


def _state(user: dict[str, Any]) -> str:
    return f"disabled {output.minute(user['disabled_at'])}" if user["disabled_at"] else "active"
