from __future__ import annotations

import json
from pathlib import Path

from app.core import config
from app.core.settings import Config
from tests.cli.conftest import Command


def test_every_setting_is_shown_and_secrets_are_not(flask: Command, config: Config) -> None:
    output = flask("config", "show").output
    for key in ("server.port", "llm.system_prompt", "sse.heartbeat_seconds"):
        assert f"\n{key} " in output
    assert config.db.runtime_url not in output
    line = next(line for line in output.splitlines() if line.startswith("db.runtime_url"))
    assert line.split(maxsplit=2) == ["db.runtime_url", "***", 'set (default "")']
    assert "set" not in next(line for line in output.splitlines() if line.startswith("server.port"))


def test_json_has_value_and_default(flask: Command) -> None:
    shown = json.loads(flask("config", "show", "--json").output)
    assert shown["profile"] == {"value": "test", "default": "dev", "is_set": True}
    assert shown["server.port"] == {"value": 8080, "default": 8080, "is_set": False}
    assert shown["db.runtime_url"]["value"] == "***"


def test_init_writes_a_file_that_loads_and_spares_one_that_is_there(flask: Command, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert flask("config", "init", "--path", str(path)).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert config.load(path, env={}) == Config()
    path.write_text("[server]\nport = 9\n")
    refused = flask("config", "init", "--path", str(path))
    assert refused.exit_code == 1
    assert refused.stderr == f"Error: {path} is there already; --force overwrites it\n"
    assert path.read_text() == "[server]\nport = 9\n"
    assert flask("config", "init", "--path", str(path), "--force").exit_code == 0
    assert path.read_text() == config.template()


def test_every_line_of_the_template_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    lines = [line.removeprefix("# ") if " = " in line else line for line in config.template().splitlines()]
    path.write_text("\n".join(lines))
    assert config.load(path, env={}) == Config()


def test_init_where_nothing_can_be_written(flask: Command, tmp_path: Path) -> None:
    refused = flask("config", "init", "--path", str(tmp_path / "nowhere" / "config.toml"))
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "No such file or directory" in refused.stderr


def test_a_wrong_setting_is_one_line(shell) -> None:
    for name, value, words in (
        ("PALAVER__SERVER__PORT", "eighty", "server.port is 'eighty'; it takes a whole number"),
        ("PALAVER__SERVER__COLOUR", "red", "server.colour is not a setting"),
    ):
        for arguments in (["config", "show"], ["--help"]):
            refused = shell(*arguments, env={name: value})
            assert refused.returncode == 1
            assert refused.stderr.startswith("palaver: ")
            assert words in refused.stderr
            assert refused.stderr.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_one_line(shell) -> None:
    refused = shell("config", "show", env={"PALAVER__DATA__DIR": "/proc/palaver"})
    assert refused.returncode == 1
    assert refused.stderr.startswith("palaver: /proc/palaver: ")
    assert refused.stderr.count("\n") == 1
