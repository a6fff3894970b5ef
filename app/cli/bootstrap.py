from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.cli import database
from app.cli.failures import one_line
from app.models import bootstrap


@click.command("bootstrap")
@with_appcontext
@one_line()
def command() -> None:
    """Bring the database to the state that this version needs.

    Harmless when nothing is to be done. Without db.url the embedded PostgreSQL is started for as long as it takes.
    """
    config = database.settings()
    applied: list[str] = []

    def progress(line: str) -> None:
        applied.append(line)
        click.echo(line)

    with database.owner_url(config, click.echo) as url:
        bootstrap.bootstrap(url, progress, config.db.runtime_url or None)
    click.echo("The database is ready." if applied else "The database is up to date.")
