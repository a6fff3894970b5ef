from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core.audit import actor_of, told
from app.services import audit

group = Group("audit", help="Who did what to whom: list, export.")

_TIMES = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"])


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--until", type=_TIMES, help="Before this day or time (UTC)."),
        click.option("--since", type=_TIMES, help="From this day or time (UTC) on."),
        click.option("--actor", metavar="NAME", help="Done by this user; `operator` is the command line."),
        click.option("--action", help="A kind (session.created), or the noun before its dot (session)."),
    ):
        command = option(command)
    return command


@group.command("list")
@_filters
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(limit: int, as_json: bool, **filters: Any) -> None:
    """The newest entries, newest first."""
    database.connect()
    found = audit.page(None, _chosen(**filters), None, limit)["items"]
    if as_json:
        output.show_json(found)
        return
    rows = [(output.minute(entry["at"]), entry["ip"] or "-", f"{actor_of(entry)} {told(entry)}") for entry in found]
    output.table(("WHEN (UTC)", "FROM", "WHAT"), rows)


@group.command()
@_filters
@click.option("--path", type=click.File("wb"), default="-", help="A file; standard output when not given.")
def export(path: BinaryIO, **filters: Any) -> None:
    """Every entry as a line of JSON, newest first."""
    database.connect()
    for part in audit.lines(None, _chosen(**filters)):
        path.write(part)
    sys.stdout.flush()


def _chosen(action: str | None, actor: str | None, since: datetime | None, until: datetime | None) -> dict[str, str]:
    times = {"since": since, "until": until}
    given = {"action": action, "actor": actor}
    return {name: value for name, value in given.items() if value} | {
        name: at.replace(tzinfo=UTC).isoformat() for name, at in times.items() if at
    }
