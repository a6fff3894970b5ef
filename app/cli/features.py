from __future__ import annotations

from dataclasses import asdict

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core.features import Features
from app.models import features as switched
from app.services import features

group = Group("features", help="What can be switched off: list, on, off.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every feature and whether it is on."""
    database.connect()
    state = Features(asdict(database.settings().features))
    state.set_switched(switched.switched())
    found = features.shown(state)
    if as_json:
        output.show_json(found)
        return
    rows = [
        (f["name"], "on" if f["enabled"] else "off", "live" if f["at_runtime"] else "at start", f["meaning"])
        for f in found
    ]
    output.table(("FEATURE", "STATE", "SWITCHED", "MEANING"), rows)


@group.command("on")
@click.argument("name")
def on(name: str) -> None:
    """Switch NAME on in the running server."""
    _switch(name, True)


@group.command("off")
@click.argument("name")
def off(name: str) -> None:
    """Switch NAME off in the running server."""
    _switch(name, False)


def _switch(name: str, enabled: bool) -> None:
    database.connect()
    features.switch(None, name, enabled)
    click.echo(f"{name} is {'on' if enabled else 'off'}.")
