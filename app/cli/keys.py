from __future__ import annotations

from uuid import UUID

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core.scopes import SCOPES
from app.models import keys as model
from app.services import keys

DAY = 86_400

group = Group("keys", help="API keys: make, list, revoke.")


@group.command()
@click.argument("name")
@click.option("--user", required=True, metavar="USER", help="Whose key (user name or e-mail address).")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(SCOPES)), default=("read",), show_default=True,
              help="What it may do; give it several times for more.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3650), help="It ends after so many days; never when not given.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def create(name: str, user: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a key called NAME and print its token, which is told only now."""
    database.connect()
    key, token = keys.create_for(user, name, list(scopes), days and days * DAY)
    if as_json:
        output.show_json({"key": key, "token": token})
    else:
        click.echo(token)


@group.command("list")
@click.option("--user", metavar="USER", help="Of this user alone (user name or e-mail address).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(user: str | None, as_json: bool) -> None:
    """Keys that were not revoked; never their tokens."""
    database.connect()
    found = model.everybodys(user)
    if as_json:
        output.show_json(found)
        return
    rows = [
        (k["id"], k["username"], k["prefix"] + "…", ",".join(k["scopes"]), output.minute(k["last_used_at"]) or "never",
         output.minute(k["expires_at"]) or "-", k["name"])
        for k in found
    ]  # fmt: skip
    output.table(("ID", "USER", "BEGINS", "SCOPES", "LAST USED (UTC)", "EXPIRES", "NAME"), rows)


@group.command()
@click.argument("key_id", type=click.UUID, metavar="ID")
def revoke(key_id: UUID) -> None:
    """End the key ID; the streams that it opened close."""
    database.connect()
    if not model.end(str(key_id)):
        raise click.ClickException(f"no key has the id {key_id}; `flask keys list` shows them")
    click.echo("Revoked.")
