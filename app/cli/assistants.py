from __future__ import annotations

import sys
from typing import Any

import click

from app.cli import database, output
from app.cli.failures import Group
from app.core.model_facts import ANSWERS
from app.services import assistants, model_catalogue

group = Group("assistants", help="Assistants: list, add, set, disable, enable.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every assistant, oldest first."""
    database.connect()
    found = assistants.all_assistants(None)
    if as_json:
        output.show_json(found)
        return
    output.table(
        ("ASSISTANT", "NAME", "MODEL", "ANSWERS", "TEMPERATURE", "PROMPT", "STATE"),
        [(a["username"], f"{a['avatar']} {a['display_name']}".strip(), a["model"] or "the default", a["answers"],
          "-" if a["temperature"] is None else a["temperature"],
          output.shortened(" ".join(a["system_prompt"].split()), 40) or "as configured",
          "disabled" if a["disabled_at"] else "active") for a in found],
    )  # fmt: skip


def _options(command: Any) -> Any:
    for option in reversed((
        click.option("--display-name", help="The name others see."),
        click.option("--avatar", help="One emoji or two letters; '' for none."),
        click.option("--model", help="The model that it asks; '' for the default one."),
        click.option("--prompt", "system_prompt", help="What it is told first; '' for the one of the configuration."),
        click.option("--prompt-stdin", is_flag=True, help="Read that from standard input."),
        click.option("--temperature", type=click.FloatRange(-1, 2), help="0 to 2; -1: as the model does by itself."),
        click.option("--answers", type=click.Choice(list(ANSWERS)), help="When it answers."),
    )):  # fmt: skip
        command = option(command)
    return command


@group.command()
@click.argument("name")
@_options
def add(name: str, **given: Any) -> None:
    """Make the assistant NAME (its user name); add it to conversations like anybody else."""
    database.connect()
    made = assistants.create(None, {"username": name} | _given(**given))
    click.echo(f"Made the assistant {output.plain(made['username'])}.")


@group.command("set")
@click.argument("name")
@click.option("--name", "username", help="Another user name.")
@_options
def set_(name: str, username: str | None, **given: Any) -> None:
    """Change the assistant NAME; its next answer goes by it."""
    database.connect()
    changes = _given(**given) | ({"username": username} if username else {})
    if not changes:
        raise click.UsageError("Say what to change; --help shows what can be.")
    made = assistants.update(None, assistants.named(None, name)["id"], changes)
    click.echo(f"Changed {output.plain(made['username'])}: {', '.join(changes)}.")


@group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Take NAME out of every list; it answers no more, and what it said stays."""
    _switch(name, True)


@group.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME answer again."""
    _switch(name, False)


def _switch(name: str, disabled: bool) -> None:
    database.connect()
    made = assistants.update(None, assistants.named(None, name)["id"], {"disabled": disabled})
    click.echo(f"{output.plain(made['username'])} is {'disabled' if disabled else 'active'}.")


def _given(model: str | None, prompt_stdin: bool, temperature: float | None, **texts: str | None) -> dict[str, Any]:
    given: dict[str, Any] = {name: value for name, value in texts.items() if value is not None}
    if prompt_stdin:
        given["system_prompt"] = sys.stdin.read().strip()
    if model is not None:
        given["model_id"] = model_catalogue.named(None, model)["id"] if model else None
    if temperature is not None:
        given["temperature"] = None if temperature < 0 else temperature
    return given
