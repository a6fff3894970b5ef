from __future__ import annotations

from datetime import UTC, datetime

import click
from flask import current_app

from app.cli import database, output
from app.cli.failures import Group
from app.core.secrets import KeyRing
from app.models import audit, users
from app.services import providers, tool_servers, totp

group = Group("secrets", help="The keys that sign and encrypt: list, rotate.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """The keys, newest first; never the keys themselves."""
    ring, believed = _ring(), _ring().believed()
    rows = [
        {"id": key.id.hex(), "made_at": _time(key.made_at), "state": _state(n, key in believed)}
        for n, key in enumerate(ring.keys())
    ]
    if as_json:
        output.show_json(rows)
        return
    shown = ((row["id"], output.minute(row["made_at"]) or "first start", row["state"]) for row in rows)
    output.table(("KEY", "MADE (UTC)", "STATE"), shown)


@group.command()
def rotate() -> None:
    """Make a new key. Nobody is signed out: older keys are believed for security.old_keys_seconds.

    What is stored encrypted is encrypted anew, then the keys whose time is over are forgotten. Running processes take
    the new key up at once. Doing it twice does no harm.
    """
    database.connect()
    ring = _ring()
    ring.add()
    count, lost = totp.reseal(ring)
    servers, unread = providers.reseal(ring)
    tools, unread_tools = tool_servers.reseal(ring)
    dropped = ring.drop_old()
    audit.note(None, "secrets.rotated", "secret", ring.keys()[0].id.hex(), "secret_key", dropped=dropped)
    click.echo(f"Made a new key, encrypted {output.counted(count + servers + tools, 'secret')} with it, and forgot "
               f"{output.counted(dropped, 'old key')}; {output.counted(len(ring.keys()), 'key')} in the ring.")  # fmt: skip
    if lost:
        names = ", ".join(u["username"] for u in users.all_users() if u["id"] in lost)
        click.echo(f"No key can read the authenticator apps of: {output.plain(names)}. Bring back secrets/ from a backup, "
                   "or run `flask users reset-totp NAME` for each.", err=True)  # fmt: skip
    if unread:
        click.echo(f"No key can read those of the servers of models: {output.plain(', '.join(unread))}. Bring back secrets/ "
                   "from a backup, or enter each again (`flask models set-server NAME --key-stdin`).", err=True)  # fmt: skip
    if unread_tools:
        click.echo(f"No key can read those of the servers of tools: {output.plain(', '.join(unread_tools))}. Bring back "
                   "secrets/ from a backup, or enter each again (`flask tools set NAME --secret …`).", err=True)  # fmt: skip


def _ring() -> KeyRing:
    return current_app.extensions["keys"]


def _time(made_at: int) -> str | None:
    return datetime.fromtimestamp(made_at, UTC).isoformat() if made_at else None


def _state(number: int, is_believed: bool) -> str:
    return "in use" if number == 0 else "believed" if is_believed else "forgotten at the next rotation"
