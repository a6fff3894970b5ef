from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from app.cli import database, output
from app.cli.failures import Group
from app.models import budgets

group = Group("budgets", help="How much of models may be used: list, add, remove.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every budget, and what is used of it."""
    database.connect()
    held = budgets.list_as_operator()
    if as_json:
        output.show_json(held)
        return
    rows = [(b["id"], _used(b), output.minute(b["begins_anew_at"]), b["title"]) for b in held]
    output.table(("BUDGET", "USED", "BEGINS ANEW (UTC)", "HOW MUCH, AND FOR WHOM"), rows)


@group.command()
@click.argument("amount", type=click.FloatRange(0, 1e15))
@click.argument("unit", type=click.Choice(["tokens", "money", "answers"]))
@click.option("--period", type=click.Choice(["day", "month"]), default="day", show_default=True)
@click.option("--user", "username", metavar="NAME", help="For this person.")
@click.option(
    "--role", type=click.Choice(["admin", "member", "read_only"]), help="For everybody with it, each by himself."
)
@click.option("--model", metavar="NAME", help="For this model alone.")
def add(amount: float, unit: str, period: str, username: str | None, role: str | None, model: str | None) -> None:
    """Make a budget of AMOUNT UNIT; without --user and --role everybody is counted together."""
    database.connect()
    made = budgets.add_as_operator(username, role, model, unit, period, amount)
    click.echo(f"{output.plain(made['title'])} ({made['id']}).")


@group.command()
@click.argument("budget", type=click.UUID, metavar="ID")
def remove(budget: UUID) -> None:
    """Remove the budget ID."""
    database.connect()
    budgets.remove_as_operator(str(budget))
    click.echo("Removed.")


def _used(budget: dict[str, Any]) -> str:
    return "each" if budget["used"] is None else f"{budget['used']:,.6g}"
