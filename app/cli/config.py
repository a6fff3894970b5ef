from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core import config as settings

group = Group("config", help="The configuration: show it, write a template.")


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(as_json: bool) -> None:
    """Every setting with its value; secrets are masked, and what was set is marked with its default."""
    values = settings.as_dict(database.settings())
    specs = settings.keys()
    if as_json:
        output.show_json({
            key: {"value": value, "default": specs[key].default, "is_set": value != specs[key].default}
            for key, value in values.items()
        })  # fmt: skip
        return
    rows = [(key, _shown(value), _note(value, specs[key].default)) for key, value in values.items()]
    output.table(("SETTING", "VALUE", ""), rows)


@group.command()
@click.option("--path", type=click.Path(path_type=Path, dir_okay=False), default="config.toml", show_default=True)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def init(path: Path, force: bool) -> None:
    """Write a configuration file with every setting, its meaning and its default, commented out."""
    # It may come to hold passwords, so that nobody else may read it.
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already; --force overwrites it") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(settings.template())
    click.echo(f"Wrote {path}. Remove the # before a line to change it, then start Palaver again.")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else output.shortened(str(value), 40)


def _note(value: Any, default: Any) -> str:
    return "" if value == default else f"set (default {_shown(default)})"
