from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core.limits import ALGORITHMS, METHODS, SCOPES
from app.models import limits

group = Group("limits", help="How often which requests may come: list, set, assign, remove.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every profile, and the requests that it is assigned to."""
    database.connect()
    rules = limits.rules()
    if as_json:
        output.show_json(rules)
        return
    output.table(
        ("PROFILE", "HOW MUCH", "WHAT FOR"),
        [(p["name"], _much(p), p["description"] or "") for p in rules["profiles"]],
    )
    click.echo()
    output.table(
        ("ASSIGNMENT", "PROFILE", "FOR EACH", "METHOD", "PATH"),
        [(a["id"], a["profile_name"], a["scope"], a["method"], a["path_pattern"]) for a in rules["assignments"]],
    )


@group.command("set")
@click.argument("name")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="Follows from the other options when left out.")
@click.option("--limit", type=int, help="moving_window: so many …")
@click.option("--window", "window_seconds", type=float, help="… in any so many seconds.")
@click.option("--rate", "requests_per_second", type=float, help="gcra: so many a second …")
@click.option("--burst", type=int, help="… and so many at once.")
@click.option("--description", help="What it is for; kept when left out.")
def set_(name: str, algorithm: str | None, description: str | None, **params: float | None) -> None:
    """Make the profile NAME, or change it; running servers go by it at once."""
    given = {key: value for key, value in params.items() if value is not None}
    database.connect()
    chosen = algorithm or ("gcra" if "burst" in given or "requests_per_second" in given else "moving_window")
    made = limits.set_as_operator(name, chosen, given, description)
    click.echo(f"{output.plain(name)}: {_much(made)}.")


@group.command()
@click.argument("name")
@click.argument("path")
@click.option("--method", type=click.Choice(METHODS), default="*", show_default=True)
@click.option("--scope", type=click.Choice(SCOPES), default="ip", show_default=True, help="Counted for each of these.")
def assign(name: str, path: str, method: str, scope: str) -> None:
    """Assign the profile NAME to the requests of PATH ('*' for all, '/x/*' for all below /x)."""
    database.connect()
    made = limits.assign_as_operator(name, method, path, scope)
    click.echo(f"{output.plain(name)} limits {method} {output.plain(path)} for each {scope} ({made['id']}).")


@group.command()
@click.argument("assignment", required=False, type=click.UUID, metavar="[ID]")
@click.option("--profile", metavar="NAME", help="Delete this profile, which must not be assigned any more.")
def remove(assignment: UUID | None, profile: str | None) -> None:
    """Remove the assignment ID, or delete a profile."""
    if (assignment is None) == (profile is None):
        raise click.UsageError("Give the id of an assignment, or --profile NAME.")
    database.connect()
    if profile is not None:
        limits.delete_as_operator(profile)
    else:
        limits.unassign_as_operator(str(assignment))
    click.echo("Removed.")


def _much(profile: dict[str, Any]) -> str:
    params = profile["params"]
    if profile["algorithm"] == "gcra":
        return f"{params['requests_per_second']:g} a second, {params['burst']:g} at once"
    return f"{params['limit']:g} in {params['window_seconds']:g} s"
