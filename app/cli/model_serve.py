from __future__ import annotations

import os
import time
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli import database, output
from app.core.errors import PalaverError
from app.core.settings import Config
from app.launch import chosen_model, gguf, lock, memory
from app.launch.chosen_model import Chosen
from app.launch.errors import LaunchError
from app.models import audit, model_status

POLL_SECONDS = 0.25


@click.command()
@click.argument("file", required=False)
@click.option("--default", "is_default", is_flag=True, help="Serve the configured model (llm.model) again.")
@click.option(
    "--wait", "seconds", type=float, default=180.0, show_default=True, help="Seconds to wait until it answers."
)
@with_appcontext
def serve(file: str | None, is_default: bool, seconds: float) -> None:
    """Have the local model server serve FILE, a GGUF in the data folder, its folder models, or wherever it is.

    A running Palaver does so within seconds, and what it was answering ends; the choice stays until another one is made.
    """
    if (file is None) != is_default:
        raise click.UsageError("Give a file, or --default.")
    config = database.settings()
    _require_local(config)
    base = config.data.dir.resolve()
    launcher = _launcher(base)
    chosen = None if file is None else _checked(config, base, file, launcher)
    name = chosen.name if chosen else config.llm.model
    if chosen is None and chosen_model.read(base).stamp == (0, 0):
        click.echo(f"{output.plain(name)} is the model of this machine already.")
        return
    is_noted = _is_connected()
    before = model_status.get_status()["updated_at"] if is_noted and launcher else ""
    chosen_model.write(base, chosen)
    if is_noted:
        audit.note(None, "model.served", "model", None, name)
    if not launcher:
        click.echo(f"{output.plain(name)} will be served when Palaver is started.")
    elif not is_noted:
        click.echo("The database cannot be asked how far it is; scripts/run shows it.", err=True)
    elif not _await(name, before, seconds):
        raise click.ClickException(f"{name} does not answer yet; scripts/run and {base / 'log' / 'model.log'} say why.")


def _require_local(config: Config) -> None:
    if config.llm.base_url:
        raise click.ClickException("llm.base_url names another server, so there is no local one; leave it empty first.")
    if config.llm.model == "none":
        raise click.ClickException(
            "llm.model is none, so there is no local model server; set it to smollm2 or leave it out."
        )


def _launcher(base: Path) -> int:
    """The process id of the launcher that runs with this data folder; 0 when none does."""
    path = base / "run" / "lock"
    if not path.exists():
        return 0
    free = lock.take(path)
    if free is not None:
        free.close()
        return 0
    return lock.holder(path)[0]


def _checked(config: Config, base: Path, wanted: str, launcher: int) -> Chosen:
    """The file, if it can be served.

    Raises:
        click.ClickException: it cannot.
    """
    here = os.environ.get("PALAVER_CALLED_FROM", ".")
    folders = (Path(here), config.models_directory.resolve(), base)
    file = chosen_model.find(wanted, *folders)
    if file is None:
        there = ", ".join(sorted({p.name for folder in folders[1:] for p in folder.glob("*.gguf")}))
        raise click.ClickException(
            f"There is no file {wanted}; in {folders[1]} and {folders[2]} there are: {there or 'none'}."
        )
    try:
        header = gguf.read(file)
    except gguf.GgufError as error:
        raise click.ClickException(str(error)) from None
    context = chosen_model.window(header, config.llm.context_tokens)
    name, needed = chosen_model.name_of(header, file), header.memory_needed(context)
    click.echo(output.plain(f"{name}: {header.name} ({header.architecture}), {header.size / 1e9:.2f} GB, made for "
                            f"{header.context_tokens or 'unknown'} tokens of context, served with {context}; it takes about "
                            f"{needed / 1e9:.1f} GB of memory."))  # fmt: skip
    if problem := memory.shortage_of(name, needed, memory.used_by_model(launcher) if launcher else 0):
        raise click.ClickException(f"{problem}. Nothing was changed.")
    return Chosen(name, file)


def _is_connected() -> bool:
    """Is there a database for the audit log? The one of this machine runs only while Palaver does."""
    try:
        database.connect()
        return True
    except (LaunchError, PalaverError) as error:
        click.echo(f"Not written into the audit log: {error}", err=True)
        return False


def _await(name: str, before: str, seconds: float) -> bool:
    """Tell how far it is until it answers, or cannot; `before` is the time of the status that does not count."""
    told, deadline = "", time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = model_status.get_status()
        said = f"{status['state']} {status['detail']}".strip()
        is_news = status["name"] == name and status["updated_at"] != before
        if is_news and said != told:
            told = said
            click.echo(f"{output.plain(name)}: {output.plain(said)}")
        if is_news and status["state"] in ("ready", "failed"):
            return bool(status["state"] == "ready")
        time.sleep(POLL_SECONDS)
    return False
