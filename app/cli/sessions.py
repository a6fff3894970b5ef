from __future__ import annotations

from uuid import UUID

import click

from app.cli import database, output
from app.cli.failures import Group
from app.models import sessions

BROWSER_CHARACTERS = 60

group = Group("sessions", help="Who is signed in: list, revoke, prune.")


@group.command("list")
@click.option("--user", metavar="NAME", help="Of this user alone (user name or e-mail address).")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(user: str | None, as_json: bool) -> None:
    """Living sessions, last used first."""
    database.connect()
    found = sessions.living(user)
    if as_json:
        output.show_json(found)
        return
    rows = [
        (s["id"], s["username"], output.minute(s["issued_at"]), output.minute(s["last_seen_at"]),
         output.minute(s["expires_at"]), s["ip"] or "-", output.shortened(s["user_agent"], BROWSER_CHARACTERS))
        for s in found
    ]  # fmt: skip
    output.table(("ID", "USER", "SIGNED IN (UTC)", "LAST SEEN", "EXPIRES", "FROM", "WITH"), rows)


@group.command()
@click.argument("session_id", required=False, type=click.UUID, metavar="[ID]")
@click.option("--user", metavar="NAME", help="Every session of this user.")
def revoke(session_id: UUID | None, user: str | None) -> None:
    """End the session ID, or every session of one user; their open streams close."""
    if (session_id is None) == (user is None):
        raise click.UsageError("Give the id of a session, or --user NAME.")
    database.connect()
    ended = sessions.revoke(str(session_id) if session_id else None, user)
    if not ended and session_id:
        raise click.ClickException(f"no living session has the id {session_id}; `flask sessions list` shows them")
    click.echo(f"Ended {output.counted(ended, 'session')}.")


@group.command()
def prune() -> None:
    """Delete the rows of sessions that can never be used again."""
    database.connect()
    click.echo(f"Deleted {output.counted(sessions.prune(), 'session')}.")
