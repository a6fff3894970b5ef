from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext

from app.cli import database, output
from app.cli.failures import one_line
from app.services import usage

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = ("name", *usage.NUMBERS)


@click.command("usage")
@click.option(
    "--by", type=click.Choice(["user", "model", "assistant", "kind", "day"]), default="user", show_default=True
)
@click.option("--from", "first", type=_DAY, help="The first day (UTC); 30 days are told without it.")
@click.option("--to", "last", type=_DAY, help="The last day, which is included; today without it.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--csv", "as_csv", is_flag=True, help="For tables.")
@with_appcontext
@one_line()
def command(by: str, first: datetime | None, last: datetime | None, as_json: bool, as_csv: bool) -> None:
    """What models were asked for: requests, tokens, time and money."""
    database.connect()
    told = usage.everybody(None, first and first.date(), last and last.date(), by)
    if as_json:
        output.show_json(told)
    elif as_csv:
        click.echo(usage.table(_COLUMNS, told["items"]), nl=False)
    else:
        rows = [_row(item["name"] or "(programs)", item) for item in told["items"]]
        head = (by.upper(), "REQUESTS", "ANSWERS", "TOKENS IN", "TOKENS OUT", "SECONDS", "MONEY")
        output.table(head, [*rows, _row("all", told["total"])])


def _row(name: str, sums: dict[str, Any]) -> tuple[str, ...]:
    counts = (f"{sums[n]:,}" for n in ("requests", "answers", "input_tokens", "output_tokens"))
    return (name, *counts, f"{sums['seconds']:,.1f}", f"{sums['money']:,.4f}")
