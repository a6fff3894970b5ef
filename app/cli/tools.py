from __future__ import annotations

import os
from typing import Any

import click

from app.cli import database, output
from app.cli.failures import Group
from app.cli.model_keys import ring
from app.services import assistants, tool_servers

group = Group("tools", help="Servers of tools (MCP): list, add, set, test, allow, give, take, remove.")
HOW = {"ask": (True, True), "free": (True, False), "never": (False, None)}
SECRET = click.option(
    "--secret", "given", multiple=True, metavar="NAME[=VARIABLE]",
    help="An environment variable of the program, or a header. Its value is that of the variable VARIABLE here, or of the"
         " same name; the secrets given replace all that were there.",
)  # fmt: skip
SECONDS = click.option("--seconds", "call_seconds", type=click.FloatRange(1, 3600), help="How long a call may take.")
BYTES = click.option("--bytes", "output_bytes", type=click.IntRange(256, 262_144), help="How much output is taken.")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every server, its tools, and who may use them; never the secrets."""
    database.connect()
    found = tool_servers.all_servers(None)
    if as_json:
        output.show_json(found)
        return
    output.table(
        ("SERVER", "WHERE", "SECRETS", "ASSISTANTS", "STATE"),
        [(s["name"], s["url"] or " ".join(s["command"]), ", ".join(s["secret_names"]) or "-",
          ", ".join(a["assistant"]["username"] for a in s["assistants"]) or "-", _state(s)) for s in found],
    )  # fmt: skip
    click.echo()
    output.table(
        ("TOOL", "SERVER", "MAY BE USED", "DOES"),
        [(t["name"], s["name"], _how(t), output.shortened(" ".join(t["description"].split()), 60))
         for s in found for t in s["tools"]],
    )  # fmt: skip


@group.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1)
@click.option("--url", help="Where it speaks MCP over streamable HTTP; instead of COMMAND.")
@SECRET
@SECONDS
@BYTES
def add(name: str, command: tuple[str, ...], url: str | None, given: tuple[str, ...], **limits: Any) -> None:
    """Add a server and ask it for its tools: a program with its arguments, or --url.

    COMMAND runs as the account of Palaver's server, with all that this account may do. Put `--` before it:
    flask tools add files -- /opt/tools/files --root /srv/shared
    """
    if bool(command) == bool(url):
        raise click.UsageError("Give a COMMAND or --url.")
    database.connect()
    where = {"transport": "http", "url": url} if url else {"transport": "stdio", "command": list(command)}
    made = tool_servers.create(None, ring(), {"name": name} | where | _secrets(given) | limits)
    click.echo(f"Added {name}.")
    _test(made["id"])


@group.command("set")
@click.argument("name")
@click.option("--url", help="Another address; another host needs its secrets again.")
@SECRET
@click.option("--no-secrets", is_flag=True, help="Forget the secrets.")
@SECONDS
@BYTES
@click.option("--on/--off", "is_enabled", default=None, help="Whether its tools may be used.")
def set_(name: str, given: tuple[str, ...], no_secrets: bool, **values: Any) -> None:
    """Change a server; the next call goes by it."""
    database.connect()
    secrets = {"secrets": {}} if no_secrets else _secrets(given)
    tool_servers.update(None, ring(), _named(name)["id"], values | secrets)
    click.echo(f"Changed {name}.")


@group.command()
@click.argument("name")
def test(name: str) -> None:
    """Ask a server for its tools."""
    database.connect()
    _test(_named(name)["id"])


@group.command()
@click.argument("name")
@click.argument("tool")
@click.argument("how", type=click.Choice(list(HOW)))
def allow(name: str, tool: str, how: str) -> None:
    """Say whether TOOL may be used when a person allows it (ask), without asking (free), or never."""
    database.connect()
    tool_servers.set_tool(None, _named(name)["id"], tool, *HOW[how])
    click.echo(f"{output.plain(tool)}: {how}.")


@group.command()
@click.argument("name")
@click.argument("assistant")
@click.option("--tool", "names", multiple=True, help="Only this tool; may be given several times.")
def give(name: str, assistant: str, names: tuple[str, ...]) -> None:
    """Let ASSISTANT use the tools of a server."""
    database.connect()
    tool_servers.grant(None, _named(name)["id"], assistants.named(None, assistant)["id"], list(names) or None)
    click.echo(f"{output.plain(assistant)} may use {', '.join(map(output.plain, names)) or 'the tools'} of {name}.")


@group.command()
@click.argument("name")
@click.argument("assistant")
def take(name: str, assistant: str) -> None:
    """Take the tools of a server from ASSISTANT."""
    database.connect()
    tool_servers.revoke(None, _named(name)["id"], assistants.named(None, assistant)["id"])
    click.echo(f"{output.plain(assistant)} may no longer use the tools of {name}.")


@group.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a server; calls that were made stay in their threads."""
    database.connect()
    tool_servers.delete(None, _named(name)["id"])
    click.echo(f"Removed {name}.")


def _named(name: str) -> dict[str, Any]:
    found = next((s for s in tool_servers.all_servers(None) if s["name"] == name), None)
    if found is None:
        raise click.ClickException(f"There is no server of tools named {output.plain(name)}.")
    return found


def _test(server: str) -> None:
    found = tool_servers.examine(None, ring(), server)
    if found["error"]:
        raise click.ClickException(f"It did not answer: {output.plain(found['error'])}")
    names = ", ".join(output.plain(tool["name"]) for tool in found["tools"])
    click.echo(f"It has {output.counted(len(found['tools']), 'tool')}{': ' if names else '.'}{names}")


def _secrets(given: tuple[str, ...]) -> dict[str, Any]:
    """From the environment: a command line can be read by every account of the machine."""
    pairs = {}
    for text in given:
        name, _, variable = text.partition("=")
        if (value := os.environ.get(variable or name)) is None:
            raise click.ClickException(f"There is no variable {output.plain(variable or name)} in the environment.")
        pairs[name] = value
    return {"secrets": pairs} if pairs else {}


def _state(server: dict[str, Any]) -> str:
    return "disabled" if not server["is_enabled"] else output.plain(server["error"] or "in use")


def _how(tool: dict[str, Any]) -> str:
    return (
        "never" if not tool["is_allowed"] else "when a person allows it" if tool["needs_approval"] else "without asking"
    )
