# ruff: noqa: F811 (the fixture `server` is defined in another file)
from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from app.core.settings import Config
from app.launch import chosen_model
from app.models import audit, providers
from tests.adapters.test_openai import Scripted
from tests.adapters.test_probe import ANSWER, lists, server  # noqa: F401 (a fixture)
from tests.cli.conftest import Command
from tests.conftest import Person, with_options
from tests.launch.test_gguf import LLAMA, gguf_of, made
from tests.servers import free_port

KEY = "sk-very-secret"


def vllm(server: Scripted) -> None:
    large = {"id": "org/large", "owned_by": "vllm", "max_model_len": 16384}
    server.say("/v1/models", lists(large, large | {"id": "org/small"}))
    server.say("/v1/chat/completions", (200, ANSWER))


def test_a_server_is_probed_added_changed_tested_and_removed(
    flask: Command,
    anna: Person,
    app: Flask,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vllm(server)
    undecided = flask("models", "add", server.url)
    assert undecided.exit_code == 1 and "org/small, 16384 tokens" in undecided.output and "--all" in undecided.output
    assert len(providers.all_providers(anna.id)) == 1
    monkeypatch.setenv("THE_KEY", KEY)
    bare = server.url.removesuffix("/v1")
    added = flask("models", "add", bare, "--name", "Attic", "--model", "org/large", "--key-env", "THE_KEY", "--default")
    assert added.exit_code == 0 and f"Using {server.url}" in added.stderr, added.output
    assert "vLLM at" in added.stdout and "Added the server Attic" in added.stdout and "default model" in added.stdout
    again = flask("models", "add", server.url, "--all")
    assert "org/large is there already" in again.stdout and "Added the model org/small" in again.stdout
    assert "Added the server" not in again.stdout
    listed = json.loads(flask("models", "list", "--json").output)
    assert [(m["name"], m["is_default"], m["context_tokens"]) for m in listed["models"]] == [
        ("org/large", True, 16384), ("local", False, None), ("org/small", False, 16384)]  # fmt: skip
    [_, attic] = listed["servers"]
    assert (attic["kind"], attic["base_url"], attic["has_key"]) == ("vllm", server.url, True)
    sealed = providers.secret(attic["id"])
    assert sealed and app.extensions["keys"].decrypt(sealed, attic["id"]).decode() == KEY
    assert "Attic" in flask("models", "list").output

    assert flask("models", "set", "org/large", "--name", "large", "--context", "0", "--can", "tools", "--input-price", "2",
                 "--parameters", '{"temperature": 0.1}').output == (
        "Changed large: context_tokens, input_price, name, capabilities, parameters.\n")  # fmt: skip
    assert "answered in" in flask("models", "test", "large").output
    server.say("/v1/chat/completions", (500, {"error": "broken"}))
    broken = flask("models", "test", "large")
    assert broken.exit_code == 1 and "broken" in broken.output
    assert json.loads(flask("models", "test", "large", "--json").output)[0]["problem"]

    changed = flask("models", "set-server", "Attic", "--at-once", "4", "--key-stdin", "--name", "Loft", given="sk-2\n")
    assert changed.output == "Changed Loft: max_concurrent, name, key.\n"
    assert "another server's" in flask("models", "set-server", "Loft", "--url", "http://127.0.0.1:9/v1").stderr
    assert flask("models", "set-server", "Loft", "--no-key").exit_code == 0 and providers.secret(attic["id"]) is None
    assert "default" in flask("models", "remove", "--server", "Loft").stderr
    assert flask("models", "default", "LOCAL").output == "local is the default model.\n"
    assert flask("assistants", "set", "palaver", "--model", "org/small").exit_code == 0
    assert "ask the default model from now on: palaver" in flask("models", "remove", "org/small").output
    assert flask("models", "remove", "--server", "loft").output == "Removed.\n"
    told = str(audit.page(anna.id, {}, None, 50)) + "".join(r.output for r in (added, again, changed))
    assert "Loft" in told and KEY not in told and "sk-2" not in told


def test_mistakes_are_told_in_one_line(flask: Command, anna: Person, server: Scripted) -> None:
    vllm(server)
    for arguments, told in (
        (("add", f"http://127.0.0.1:{free_port()}/v1"), "Nobody listens"), (("add", "127.0.0.1"), "http://"),
        (("add", server.url, "--model", "gpt"), "does not list gpt"), (("add", server.url, "--key-env", "NO"), "no key in"),
        (("set", "gpt", "--disable"), "no model gpt"), (("set", "local", "--disable"), "default"),
        (("set", "local", "--parameters", "[]"), "object"), (("set", "local", "--parameters", "{"), "not JSON"),
        (("remove", "gpt"), "no model gpt"), (("remove", "--server", "x"), "no server x"),
        (("set-server", "this machine", "--url", "http://x/v1"), "llm.base_url"),
    ):  # fmt: skip
        refused = flask("models", *arguments)
        assert refused.exit_code == 1 and told in refused.stderr and refused.stderr.count("\n") == 1, (
            arguments,
            refused,
        )
    for arguments in (("set", "local"), ("remove",), ("set-server", "x"), ("serve",)):
        assert flask("models", *arguments).exit_code == 2, arguments


def test_a_rotation_seals_the_keys_of_servers_anew(flask: Command, anna: Person, app: Flask) -> None:
    ring = app.extensions["keys"]
    made_ = providers.new_id()
    given = {"name": "Attic", "kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
    providers.create(anna.id, made_, given, ring.encrypt(KEY.encode(), made_))
    before = providers.secret(made_)
    assert "encrypted 1 secret with it" in flask("secrets", "rotate").output
    after = providers.secret(made_)
    assert after != before and ring.is_newest(after) and ring.decrypt(after, made_).decode() == KEY
    ring.path.write_text("ab" * 32)
    lost = flask("secrets", "rotate")
    assert lost.exit_code == 0 and "servers of models: Attic" in lost.stderr
    assert "UNREADABLE" in flask("models", "list").output
    assert flask("models", "set-server", "Attic", "--key-stdin", given=KEY).exit_code == 0
    assert "UNREADABLE" not in flask("models", "list").output


def test_the_operator_makes_changes_disables_and_enables_assistants(flask: Command, anna: Person) -> None:
    assert flask("assistants", "add", "poet", "--avatar", "🪶", "--temperature", "1.5", "--prompt-stdin", given="Rhyme.\n",
                 ).output == "Made the assistant poet.\n"  # fmt: skip
    assert (
        flask("assistants", "set", "@poet", "--name", "bard", "--answers", "always", "--temperature", "-1").exit_code
        == 0
    )
    [_, bard] = json.loads(flask("assistants", "list", "--json").output)
    assert (bard["username"], bard["answers"], bard["temperature"], bard["system_prompt"]) == (
        "bard", "always", None, "Rhyme.")  # fmt: skip
    assert flask("assistants", "disable", "bard").output == "bard is disabled.\n"
    table = flask("assistants", "list").output
    assert "disabled" in table and "🪶 poet" in table
    assert flask("assistants", "enable", "bard").output == "bard is active.\n"
    for arguments, told in ((("set", "nobody", "--answers", "never"), "no assistant nobody"),
                            (("add", "bard"), "taken"), (("set", "bard", "--model", "gpt"), "no model gpt")):  # fmt: skip
        refused = flask("assistants", *arguments)
        assert refused.exit_code == 1 and told in refused.stderr, arguments
    assert flask("assistants", "set", "bard").exit_code == 2


def test_a_file_is_chosen_to_be_served(flask: Command, anna: Person, config: Config, app: Flask, monkeypatch) -> None:
    base = config.data.dir
    folder = base / "models"
    folder.mkdir()
    missing = flask("models", "serve", "tiny.gguf")
    assert missing.exit_code == 1 and "there are: none" in missing.stderr
    made(folder)
    chosen = flask("models", "serve", "tiny.gguf")
    assert chosen.exit_code == 0 and "made for 2048 tokens" in chosen.output, chosen.output
    assert "tiny will be served when Palaver is started" in chosen.output
    assert chosen_model.read(base).chosen == chosen_model.Chosen("tiny", (folder / "tiny.gguf").resolve())
    made(folder, "cut.gguf", gguf_of(LLAMA)[:-300])
    assert "cut short" in flask("models", "serve", "cut.gguf").stderr
    monkeypatch.setattr("app.launch.memory.available", lambda: 1000)
    short = flask("models", "serve", str(folder / "tiny.gguf"))
    assert short.exit_code == 1 and "Nothing was changed" in short.stderr
    assert chosen_model.read(base).chosen is not None
    assert flask("models", "serve", "--default").exit_code == 0 and chosen_model.read(base).chosen is None
    assert "already" in flask("models", "serve", "--default").output
    said = [e["target_name"] for e in audit.page(anna.id, {"action": "model.served"}, None, 5)["items"]]
    assert said == [config.llm.model, "tiny"]
    app.config["PALAVER"] = with_options(config, "llm", base_url="http://127.0.0.1:9/v1")
    assert "names another server" in flask("models", "serve", "tiny.gguf").stderr
    app.config["PALAVER"] = with_options(config, "llm", model="none")
    assert "llm.model is none" in flask("models", "serve", "tiny.gguf").stderr
    assert Path(folder / "tiny.gguf").exists()
