from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core import config

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"PALAVER__SERVER__PORT": "eighty"}, "server.port is 'eighty'; it takes a whole number"),
        ({"PALAVER__SERVER__PORT": "0"}, "from 1 to 65535"),
        ({"PALAVER__SERVER__PROT": "80"}, "server.prot is not a setting"),
        ({"PALAVER__SECURITY__COOKIE_SECURE": "maybe"}, "it takes true or false"),
        ({"PALAVER__PROFILE": "production"}, "one of dev, test, prod"),
        ({"PALAVER__DB__URL": "mysql://me:secret@x/y"}, "db.url must be an address"),
        ({"PALAVER__LOGGING__LEVEL": "loud"}, "one of debug, info"),
        ({"PALAVER__SSE__HEARTBEAT_SECONDS": "-1"}, "cannot be negative"),
        ({"PALAVER__SSE__MAX_EVENTS_PER_TOPIC": "0"}, "sse.max_events_per_topic is 0; it takes more than that"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(env: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match=re.escape(words)) as raised:
        config.load(env=env)
    assert "\n" not in str(raised.value) and "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", '[server]\nport = 9001\n[llm]\nmodel = "none"'),
        ("config.yaml", "server: {port: 9001}\nllm: {model: none}"),
        ("config.json", '{"server": {"port": 9001}, "llm": {"model": "none"}}'),
    ],
)
def test_files_then_environment_then_options(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert config.load(file, env={}).server.port == 9001
    assert config.load(file, env={}).llm.model == "none"
    assert config.load(file, env={"PALAVER__SERVER__PORT": "9002"}).server.port == 9002
    assert config.load(file, env={"PALAVER__SERVER__PORT": "9002"}, options={"server.port": 9003}).server.port == 9003


@pytest.mark.parametrize("text", ["[server", "server = 5\nport", "[server]\nport = true", "[server]\nport = 'eighty'"])
def test_a_file_that_cannot_be_used_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(config.ConfigError, match=r"config.toml|server"):
        config.load(tmp_path / "config.toml", env={})


def test_the_template_with_every_line_switched_on_is_the_default(tmp_path: Path) -> None:
    lines = [re.sub(r"^# (\w+ = )", r"\1", line) for line in config.template().splitlines()]
    (tmp_path / "config.toml").write_text("\n".join(lines))
    assert config.load(tmp_path / "config.toml", env={}) == config.load(env={})


def test_secrets_are_masked() -> None:
    made = config.load(env={"PALAVER__DB__URL": "postgresql://a:hidden@h/d", "PALAVER__LLM__API_KEY": "hidden"})
    assert "hidden" not in str(config.as_dict(made))


def test_every_setting_is_used() -> None:
    source = "".join(
        p.read_text() for p in [*ROOT.glob("app/**/*.py"), ROOT / "gunicorn.conf.py"] if p.name != "config.py"
    )
    source += "profile"  # chooses the defaults, in config.py itself
    unused = [key for key in config.keys() if not re.search(rf"\b{key.rpartition('.')[2]}\b", source)]
    assert unused == []
