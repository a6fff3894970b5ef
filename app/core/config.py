"""How the values of the settings (`app.core.settings`) are found and checked.

A value comes from, later ones winning: the defaults, the profile, the configuration file (`config.toml`,
`.yaml` or `.json`), the environment (`PALAVER__SECTION__KEY`), the command line. An unknown or ill-typed key stops
the start with one line that names it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import tomllib
import types
import typing
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

import yaml

from app.core.settings import SECRET_KEYS, Config, Oauth

PREFIX = "PALAVER__"
FILE_NAMES = ("config.toml", "config.yaml", "config.yml", "config.json")


class ConfigError(Exception):
    """A setting that cannot be used; the message is one line for the person who typed it."""


PROFILES: dict[str, dict[str, Any]] = {
    "dev": {},
    "test": {"logging.level": "warning", "rate_limits.enabled": False},
    "prod": {"security.cookie_secure": True, "security.hsts_seconds": 63_072_000, "logging.format": "json"},
}


def is_loopback(name: str) -> bool:
    """Is it this machine, seen from itself?"""
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def keys() -> dict[str, dataclasses.Field[Any]]:
    """Every dotted key with its dataclass field, in the order of declaration."""
    found: dict[str, dataclasses.Field[Any]] = {}
    for top in dataclasses.fields(Config):
        section = typing.get_type_hints(Config)[top.name]
        if dataclasses.is_dataclass(section):
            found |= {f"{top.name}.{f.name}": f for f in dataclasses.fields(section)}
        else:
            found[top.name] = top
    return found


def load(
    file: str | Path | None = None,
    env: typing.Mapping[str, str] | None = None,
    options: dict[str, Any] | None = None,
) -> Config:
    """Read the configuration.

    Args:
        file: path of a configuration file; None looks for `config.toml|yaml|yml|json` in the current folder.
        env: environment to read; None is the process's own.
        options: dotted keys from the command line, e.g. `{"server.port": 9000}`.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, or a value of the wrong type.
    """
    env = os.environ if env is None else env
    given = _from_file(file) | _from_env(env) | (options or {})
    profile = given.get("profile", "dev")
    if profile not in PROFILES:
        raise ConfigError(f"profile is {profile!r}; it takes one of {', '.join(PROFILES)}")
    return _build(PROFILES[profile] | given)


def as_dict(config: Config, *, mask: bool = True) -> dict[str, Any]:
    """Dotted keys and values; secrets are shown as *** when `mask`."""
    shown = {}
    for key in keys():
        value: Any = config
        for part in key.split("."):
            value = getattr(value, part)
        shown[key] = "***" if mask and key in SECRET_KEYS and value else value
    return shown


def template() -> str:
    """A `config.toml` with every key commented out, its meaning above it."""
    lines = ["# Palaver's configuration. Remove the # before a line to change it.", ""]
    section = ""
    for key, spec in keys().items():
        head, _, name = key.rpartition(".")
        if head != section:
            lines += [f"[{head}]"]
            section = head
        default = str(spec.default) if isinstance(spec.default, Path) else spec.default
        lines += [f"# {spec.metadata['doc']}", f"# {name} = {json.dumps(default)}", ""]
    return "\n".join(lines)


def _from_file(file: str | Path | None) -> dict[str, Any]:
    path = Path(file) if file else next((Path(n) for n in FILE_NAMES if Path(n).exists()), None)
    if path is None:
        return {}
    try:
        text = path.read_text("utf-8")
        tree = _parse(path.suffix, text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path} must hold sections with keys, as `flask config init` writes them")
    flat: dict[str, Any] = {}
    for section, value in tree.items():
        flat |= {f"{section}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {section: value}
    return flat


def _parse(suffix: str, text: str) -> Any:
    if suffix == ".toml":
        return tomllib.loads(text)
    return json.loads(text) if suffix == ".json" else (yaml.safe_load(text) or {})


def _from_env(env: typing.Mapping[str, str]) -> dict[str, Any]:
    return {n[len(PREFIX) :].lower().replace("__", "."): v for n, v in env.items() if n.startswith(PREFIX)}


def _build(given: dict[str, Any]) -> Config:
    known = keys()
    for key in given:
        if key not in known:
            raise ConfigError(f"{key} is not a setting of Palaver; docs/configuration.md lists them all")
    hints = typing.get_type_hints(Config)
    sections: dict[str, Any] = {}
    for name, section in hints.items():
        if dataclasses.is_dataclass(section):
            types_of = typing.get_type_hints(section)
            values = {
                f: _typed(f"{name}.{f}", given[f"{name}.{f}"], t) for f, t in types_of.items() if f"{name}.{f}" in given
            }
            sections[name] = section(**values)  # type: ignore[operator]
        elif name in given:
            sections[name] = _typed(name, given[name], section)
    config = Config(**sections)
    _check(config)
    return config


def _typed(key: str, value: Any, kind: Any) -> Any:
    """`value` as `kind`; environment values arrive as text."""
    try:
        return _convert(value, kind)
    except (ValueError, TypeError):
        shown = "***" if key in SECRET_KEYS else repr(value)
        raise ConfigError(f"{key} is {shown}; it takes {_describe(kind)}") from None


def _convert(value: Any, kind: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        if value not in typing.get_args(kind):
            raise ValueError
        return value
    if kind is bool:
        return _BOOLS[value.lower()] if isinstance(value, str) and value.lower() in _BOOLS else _exactly(value, bool)
    if kind in (int, float):
        return kind(value) if isinstance(value, str) else kind(_exactly(value, (int,) if kind is int else (int, float)))
    return kind(_exactly(value, str))


_BOOLS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _exactly(value: Any, kind: type | tuple[type, ...]) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError
    return value


def _describe(kind: Any) -> str:
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(typing.get_args(kind))
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a folder's path"}
    return names[kind] if not isinstance(kind, types.GenericAlias) else str(kind)


def _check(config: Config) -> None:
    if not config.features.auth_v1 and not is_loopback(config.server.host):
        raise ConfigError(
            f"server.host is {config.server.host!r}; with features.auth_v1 off nobody signs in, so it takes 127.0.0.1,"
            " ::1 or localhost"
        )
    _check_oauth(config.oauth)
    if not 1 <= config.server.port <= 65535:
        raise ConfigError(f"server.port is {config.server.port}; it takes a number from 1 to 65535")
    if config.server.public_url and not re.fullmatch(r"https?://[^/?#@\s]+/?", config.server.public_url):
        raise ConfigError("server.public_url must be an address without a path, such as https://chat.example.org")
    for key, value in as_dict(config, mask=False).items():
        if isinstance(value, int | float) and value < 0:
            raise ConfigError(f"{key} is {value}; it cannot be negative")
    for key in _NEVER_ZERO:
        if not as_dict(config)[key]:
            raise ConfigError(f"{key} is 0; it takes more than that")
    for key in ("db.url", "db.runtime_url"):
        value = as_dict(config, mask=False)[key]
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ConfigError(f"{key} must be an address such as postgresql://user:password@host/database")
    redis = config.rate_limits.storage_url
    if redis and not redis.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ConfigError("rate_limits.storage_url must be an address such as redis://host:6379/0")
    if config.rate_limits.max_counters < 1024:
        raise ConfigError(f"rate_limits.max_counters is {config.rate_limits.max_counters}; it takes at least 1024")
    if config.mail.adapter == "smtp":
        for key in ("mail.host", "mail.from_address", "server.public_url"):
            if not as_dict(config)[key]:
                raise ConfigError(f"{key} is empty; mail.adapter = smtp needs it")


_NEVER_ZERO = (
    "server.workers",
    "session.idle_seconds",
    "session.max_per_user",
    "db.pool_size",
    "sse.heartbeat_seconds",
    "sse.retention_hours",
    "sse.max_events_per_topic",
    "sse.prune_batch",
)

# What each provider needs, so that one configured by half stops the start instead of failing people at the door.
_PROVIDERS = (
    ("github_client_id", "github_client_secret"),
    ("google_client_id", "google_client_secret"),
    ("apple_client_id", "apple_team_id", "apple_key_id", "apple_private_key"),
    ("oidc_issuer", "oidc_client_id"),
)


def _check_oauth(oauth: Oauth) -> None:
    for names in _PROVIDERS:
        there = [name for name in names if getattr(oauth, name)]
        missing = [name for name in names if not getattr(oauth, name)]
        if there and missing:
            raise ConfigError(f"oauth.{missing[0]} is empty; oauth.{there[0]} needs it")
    for name in ("redirect_base", "github_url", "github_api_url", "google_issuer", "apple_issuer", "oidc_issuer"):
        value = getattr(oauth, name)
        if value and not value.startswith(("https://", "http://")):
            raise ConfigError(f"oauth.{name} is {value!r}; it takes an address such as https://chat.example.org")
