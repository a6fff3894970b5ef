from __future__ import annotations

from typing import Any

import click
from flask.cli import with_appcontext

from app.cli import database, output
from app.cli.model_keys import chosen_key, key_options, ring
from app.core.model_facts import KINDS
from app.services import providers


@click.command("set-server")
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--url", "base_url", help="Another address; of another server only together with its key.")
@click.option("--kind", type=click.Choice(list(KINDS)))
@click.option("--no-key", is_flag=True, help="Take the key away.")
@click.option("--at-once", "max_concurrent", type=click.IntRange(0), help="Answers written at once; 0: as by itself.")
@click.option("--first-piece-seconds", type=click.FloatRange(0), help="0: as the configuration says.")
@click.option("--answer-seconds", type=click.FloatRange(0), help="0: as the configuration says.")
@click.option("--disable/--enable", "disabled", default=None, help="Is none of its models asked?")
@key_options
@with_appcontext
def set_server(
    name: str, new_name: str | None, no_key: bool, key_stdin: bool, key_env: str | None, **given: Any
) -> None:
    """Change the server NAME; the next question goes by it."""
    key = "" if no_key else chosen_key(key_stdin, key_env)
    changes = {what: value for what, value in given.items() if value is not None}
    for what in ("max_concurrent", "first_piece_seconds", "answer_seconds"):
        if changes.get(what) == 0:
            changes[what] = None
    changes |= {"name": new_name} if new_name else {}
    told = [*changes, *(["key"] if key is not None else [])]
    if not told:
        raise click.UsageError("Say what to change; --help shows what can be.")
    database.connect()
    changes |= {"api_key": key} if key is not None else {}
    made = providers.update(None, ring(), providers.named(None, name)["id"], changes)
    click.echo(f"Changed {output.plain(made['name'])}: {', '.join(told)}.")
