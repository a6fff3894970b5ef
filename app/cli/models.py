from __future__ import annotations

import json
from typing import Any

import click

from app.adapters.llm.probe import Found, FoundModel, ProbeError
from app.cli import database, output
from app.cli.failures import Group
from app.cli.model_keys import chosen_key, key_options, ring
from app.cli.model_serve import serve
from app.cli.model_servers import set_server
from app.core.model_facts import ALL_KINDS, CAPABILITIES, KINDS
from app.services import model_catalogue, providers

group = Group("models", help="Models and their servers: list, add, set, test, default, serve, remove.")
group.add_command(set_server)
group.add_command(serve)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(as_json: bool) -> None:
    """Every model and every server; never the keys."""
    database.connect()
    models, servers = model_catalogue.all_models(None), providers.all_providers(None, ring())
    if as_json:
        output.show_json({"models": models, "servers": servers})
        return
    output.table(
        ("MODEL", "SERVER", "ASKED AS", "CONTEXT", "CAN", "PRICE IN/OUT", "STATE"),
        [(m["name"], m["provider"]["name"], m["remote_name"] or "its first", m["context_tokens"] or "as it says",
          ", ".join(m["capabilities"]) or "-", f"{m['input_price']:g}/{m['output_price']:g}", _state(m)) for m in models],
    )  # fmt: skip
    click.echo()
    output.table(
        ("SERVER", "KIND", "ADDRESS", "KEY", "AT ONCE", "STATE"),
        [(p["name"], ALL_KINDS[p["kind"]], p["base_url"] or "as configured", _key_state(p), p["max_concurrent"] or "-",
          "disabled" if p["disabled_at"] else "in use") for p in servers],
    )  # fmt: skip


@group.command()
@click.argument("url")
@click.option("--name", help="What to call the server; its host when left out.")
@click.option("--kind", type=click.Choice(list(KINDS)), help="What it is, should it not be recognised.")
@click.option("--model", "wanted", multiple=True, metavar="NAME", help="A model to add, as the server calls it.")
@click.option("--all", "is_all", is_flag=True, help="Add every model that the server lists.")
@click.option("--default", "is_default", is_flag=True, help="Make the (first) model the default one.")
@key_options
def add(
    url: str, name: str | None, kind: str | None, wanted: tuple[str, ...], is_all: bool, is_default: bool, **keys: Any
) -> None:
    """Look what is at URL, then add the server and its models.

    URL is the address of an OpenAI-compatible API: http://127.0.0.1:11434/v1 (Ollama), …:8000/v1 (vLLM), …:8080/v1
    (llama.cpp), https://api.example.com/v1. Doing it again adds more models of the same server.
    """
    database.connect()
    key, url = chosen_key(**keys), providers.checked_url(url)
    known = _known(url)
    url, found = _looked(url, key, known)
    known = known or _known(url)
    _tell(url, found)
    models = _wanted(found, wanted, is_all)
    server = _server(url, name, kind or found.kind, key, known)
    added = [_add(server, one) for one in models]
    if is_default and (first := next(iter(added), None)):
        model_catalogue.set_default(None, first["id"])
        click.echo(f"{output.plain(first['name'])} is the default model.")


@group.command("set")
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--asked-as", "remote_name", help="What its server calls it; '' takes the first that it lists.")
@click.option("--context", "context_tokens", type=click.IntRange(0), help="In tokens; 0: as the server says.")
@click.option("--can", "capabilities", multiple=True, type=click.Choice(CAPABILITIES), help="Replaces what it can.")
@click.option("--parameters", help="Sent with every request, as JSON: '{\"temperature\": 0.7}'.")
@click.option("--input-price", type=click.FloatRange(0), help="For a million tokens.")
@click.option("--output-price", type=click.FloatRange(0), help="For a million tokens.")
@click.option("--disable/--enable", "disabled", default=None, help="Is nobody offered it?")
def set_(name: str, new_name: str | None, parameters: str | None, capabilities: tuple[str, ...], **given: Any) -> None:
    """Change the model NAME; the next question goes by it."""
    database.connect()
    changes = {key: value for key, value in given.items() if value is not None}
    changes |= {"name": new_name} if new_name else {}
    changes |= {"capabilities": list(capabilities)} if capabilities else {}
    changes |= {"parameters": _json(parameters)} if parameters is not None else {}
    if changes.get("context_tokens") == 0:
        changes["context_tokens"] = None
    if not changes:
        raise click.UsageError("Say what to change; --help shows what can be.")
    made = model_catalogue.update(None, model_catalogue.named(None, name)["id"], changes)
    click.echo(f"Changed {output.plain(made['name'])}: {', '.join(changes)}.")


@group.command()
@click.argument("name", required=False)
@click.option("--server", help="Remove this server with all its models instead.")
def remove(name: str | None, server: str | None) -> None:
    """Remove the model NAME, or a server."""
    if (name is None) == (server is None):
        raise click.UsageError("Give the name of a model, or --server NAME.")
    database.connect()
    if name is not None:
        left = model_catalogue.delete(None, model_catalogue.named(None, name)["id"])
    else:
        left = providers.delete(None, providers.named(None, server or "")["id"])
    click.echo("Removed." + (f" These assistants ask the default model from now on: {output.plain(', '.join(left))}."
                             if left else ""))  # fmt: skip


@group.command()
@click.argument("name")
def default(name: str) -> None:
    """Ask the model NAME wherever no other is chosen."""
    database.connect()
    made = model_catalogue.set_default(None, model_catalogue.named(None, name)["id"])
    click.echo(f"{output.plain(made['name'])} is the default model.")


@group.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def test(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Ask the model NAME for one token; without NAME every enabled server for what it has, and for a token."""
    database.connect()
    results = [_examined(provider, wanted) for provider, wanted in _to_test(name)]
    if as_json:
        output.show_json(results)
    else:
        for result in results:
            click.echo(_verdict(result))
    if not all(result["is_ok"] for result in results):
        ctx.exit(1)


def _state(model: dict[str, Any]) -> str:
    if model["disabled_at"] or model["provider"]["disabled_at"]:
        return "disabled"
    return "default" if model["is_default"] else "in use"


def _key_state(server: dict[str, Any]) -> str:
    if not server["has_key"]:
        return "-"
    return "set" if server["key_is_readable"] else "UNREADABLE"


def _known(url: str) -> dict[str, Any] | None:
    return next((p for p in providers.all_providers(None, ring()) if p["base_url"] == url), None)


def _looked(url: str, key: str | None, known: dict[str, Any] | None) -> tuple[str, Found]:
    """What is there, at the address that does answer."""
    try:
        if known is not None and key is None:
            return url, providers.look_again(None, ring(), database.settings().llm, known["id"])
        return url, providers.look_at(url, key or "")
    except ProbeError as error:
        if not error.suggestion:
            raise click.ClickException(str(error)) from None
        click.echo(f"Using {error.suggestion}, where its API is.", err=True)
        url = error.suggestion
    try:
        return url, providers.look_at(url, key or "")
    except ProbeError as error:
        raise click.ClickException(str(error)) from None


def _tell(url: str, found: Found) -> None:
    what = f"{KINDS[found.kind]} {output.plain(found.version)}".rstrip()
    click.echo(f"{what} at {url} lists {output.counted(len(found.models), 'model')} ({found.seconds * 1000:.0f} ms):")
    for model in found.models[:40]:
        more = [f"{model.context_tokens} tokens"] if model.context_tokens else []
        click.echo(f"  {output.plain(', '.join([model.name, *more, *model.capabilities]))}")


def _wanted(found: Found, wanted: tuple[str, ...], is_all: bool) -> list[FoundModel]:
    there = {model.name: model for model in found.models}
    if missing := [name for name in wanted if name not in there]:
        raise click.ClickException(f"The server does not list {output.plain(', '.join(missing))}; nothing was added.")
    if wanted:
        return [there[name] for name in wanted]
    if not is_all and len(there) != 1:
        raise click.ClickException("Say which models to add: --model NAME (as often as you like), or --all. "
                                   "Nothing was added.")  # fmt: skip
    return list(there.values())


def _server(url: str, name: str | None, kind: str, key: str | None, known: dict[str, Any] | None) -> dict[str, Any]:
    if known is None:
        made = providers.create(None, ring(), {"name": name or providers.name_for(url), "kind": kind, "base_url": url,
                                               "api_key": key})  # fmt: skip
        click.echo(f"Added the server {output.plain(made['name'])}.")
        return made
    changes = ({"name": name} if name else {}) | ({"api_key": key} if key is not None else {})
    return providers.update(None, ring(), known["id"], changes) if changes else known


def _add(server: dict[str, Any], found: FoundModel) -> dict[str, Any]:
    models = model_catalogue.all_models(None)
    for model in models:
        if model["provider"]["id"] == server["id"] and model["remote_name"] == found.name:
            click.echo(f"{output.plain(model['name'])} is there already.")
            return model
    given = {"name": model_catalogue.name_for(found.name, {m["name"] for m in models}), "remote_name": found.name,
             "context_tokens": found.context_tokens, "capabilities": list(found.capabilities)}  # fmt: skip
    made = model_catalogue.create(None, server["id"], given)
    click.echo(f"Added the model {output.plain(made['name'])}.")
    return made


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"--parameters is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise click.ClickException('--parameters is an object, such as {"temperature": 0.7}')
    return value


def _to_test(name: str | None) -> list[tuple[dict[str, Any], str]]:
    if name is None:
        return [(p, "") for p in providers.all_providers(None, ring()) if not p["disabled_at"]]
    model = model_catalogue.named(None, name)
    return [(model["provider"], model["remote_name"])]


def _examined(provider: dict[str, Any], wanted: str) -> dict[str, Any]:
    found = providers.examine(None, ring(), database.settings().llm, provider["id"], wanted)
    return {"server": provider["name"]} | found


def _verdict(result: dict[str, Any]) -> str:
    what = f"{ALL_KINDS[result['kind']]} {result['version']}".rstrip()
    if not result["is_ok"]:
        return output.plain(f"{result['server']}: {result['problem']}")
    if result["answer_seconds"] is None:
        return output.plain(f"{result['server']}: ok. {result['asked']} is ready.")
    return output.plain(f"{result['server']}: ok. {what} lists {output.counted(len(result['models']), 'model')}; "
                        f"{result['asked']} answered in {result['answer_seconds']:.2f} s.")  # fmt: skip
