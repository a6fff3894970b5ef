"""Every setting of Palaver: its name, type, default and meaning, and how a value is found.

A value comes from, later ones winning: the defaults below, the profile, the configuration file (`config.toml`,
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
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

import yaml

from app.core.features import FEATURES

PREFIX = "PALAVER__"
FILE_NAMES = ("config.toml", "config.yaml", "config.yml", "config.json")
SECRET_KEYS = {
    "rate_limits.storage_url",
    "db.url",
    "db.runtime_url",
    "mail.password",
    "llm.api_key",
    "oauth.github_client_secret",
    "oauth.google_client_secret",
    "oauth.apple_private_key",
    "oauth.oidc_client_secret",
}


class ConfigError(Exception):
    """A setting that cannot be used; the message is one line for the person who typed it."""


def setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Server:
    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 for every network this machine is on.")
    port: int = setting(8080, "TCP port to listen on.")
    public_url: str = setting(
        "", "Where people reach Palaver, as https://chat.example.org; empty is http://localhost and the port."
    )
    workers: int = setting(2, "gunicorn worker processes.")
    max_body_bytes: int = setting(1_048_576, "Largest request body accepted, in bytes.")
    body_patience_seconds: float = setting(
        30.0, "A request's body must come within this time; large ones get more, 4 KiB for every second of it."
    )
    keepalive_seconds: int = setting(
        75, "A connection that sends no whole request line and headers for this long is closed; more than a proxy's."
    )
    allowed_hosts: str = setting(
        "", "Comma-separated names this server is called by; requests for another Host are refused. Empty allows all."
    )
    trusted_proxies: str = setting("", "Comma-separated addresses of proxies whose X-Forwarded-* headers are believed.")


@dataclass(frozen=True)
class Data:
    dir: Path = setting(Path("var"), "Folder for the embedded database, secrets, models and logs.")


@dataclass(frozen=True)
class Logging:
    level: Literal["debug", "info", "warning", "error"] = setting("info", "Least severe message that is written.")
    format: Literal["text", "json"] = setting("text", "One line of text or one JSON object a message.")


@dataclass(frozen=True)
class Security:
    cookie_secure: bool = setting(False, "Send cookies over HTTPS only (the prod profile sets this).")
    old_keys_seconds: int = setting(
        604_800,
        "After `flask secrets rotate` the older keys are believed for this long; less than"
        " session.absolute_seconds may make people load a page again.",
    )
    hsts_seconds: int = setting(0, "Strict-Transport-Security max-age in seconds; 0 sends no header.")


@dataclass(frozen=True)
class Session:
    idle_seconds: int = setting(28_800, "A session unused for this long ends.")
    absolute_seconds: int = setting(604_800, "A session ends this long after sign-in, used or not.")
    max_per_user: int = setting(5, "Sessions a user may have at once; the oldest leaves.")


@dataclass(frozen=True)
class Auth:
    suspicious_check: bool = setting(False, "Ask for the password again when a session's address or browser changes.")
    registration: Literal["open", "invite", "closed"] = setting("closed", "Who may make an account.")


@dataclass(frozen=True)
class Mail:
    adapter: Literal["none", "console", "smtp"] = setting(
        "none", "How mails are sent: not at all, into the log of the web process (for trying out), or by SMTP."
    )
    host: str = setting("", "SMTP server.")
    port: int = setting(587, "Its port: usually 587 with starttls, 465 with tls.")
    username: str = setting("", "Name to sign in with at the SMTP server; empty signs in nowhere.")
    password: str = setting("", "Password for mail.username.")
    security: Literal["starttls", "tls", "none"] = setting("starttls", "How the connection to mail.host is encrypted.")
    from_address: str = setting("", "Sender of the mails, e.g. palaver@example.org.")
    timeout_seconds: float = setting(10.0, "A server that does not answer for this long has failed.")


@dataclass(frozen=True)
class Oauth:
    redirect_base: str = setting(
        "", "Where providers send people back to, as https://chat.example.org; empty is server.public_url."
    )
    timeout_seconds: float = setting(10.0, "A provider that has not answered by then counts as down.")
    github_client_id: str = setting("", "Client id of the GitHub OAuth app.")
    github_client_secret: str = setting("", "Its client secret.")
    github_url: str = setting("https://github.com", "Address of GitHub, or of a GitHub Enterprise server.")
    github_api_url: str = setting("https://api.github.com", "Its API; of GitHub Enterprise, https://HOST/api/v3.")
    google_client_id: str = setting("", "Client id of the Google OAuth client (a web application).")
    google_client_secret: str = setting("", "Its client secret.")
    google_issuer: str = setting("https://accounts.google.com", "Google's issuer.")
    apple_client_id: str = setting("", "The Services ID of Sign in with Apple, as org.example.chat.")
    apple_team_id: str = setting("", "Team ID of the Apple developer account.")
    apple_key_id: str = setting("", "Id of the key for Sign in with Apple.")
    apple_private_key: str = setting("", "That key: the text of the .p8 file, or the file's path.")
    apple_issuer: str = setting("https://appleid.apple.com", "Apple's issuer.")
    oidc_issuer: str = setting("", "Any other OpenID Connect provider, as https://id.example.org/realms/staff.")
    oidc_client_id: str = setting("", "Client id there.")
    oidc_client_secret: str = setting("", "Client secret there; empty for a public client.")
    oidc_name: str = setting("OpenID Connect", "What its button calls it: Continue with …")
    oidc_scopes: str = setting("openid email profile", "Scopes to ask for, separated by spaces.")


@dataclass(frozen=True)
class Db:
    url: str = setting("", "PostgreSQL of the owner role, as postgresql://…; empty starts the embedded one.")
    runtime_url: str = setting("", "PostgreSQL of the run-time role; empty derives it from db.url.")
    pool_size: int = setting(8, "Connections a process keeps.")
    statement_timeout_ms: int = setting(5000, "A statement that takes longer is cancelled, in milliseconds.")


@dataclass(frozen=True)
class RateLimits:
    enabled: bool = setting(True, "Enforce the limits of the database, also those on posting and on signing in.")
    storage_url: str = setting(
        "", "Count in this Redis (redis://…) for several machines together; empty counts exactly on this one."
    )
    max_counters: int = setting(65_536, "Counters kept in shared memory, 168 bytes each; the oldest make room.")


@dataclass(frozen=True)
class Messages:
    restore_days: int = setting(30, "A deleted message can be restored for this long; then its text is gone for good.")


@dataclass(frozen=True)
class Sse:
    heartbeat_seconds: float = setting(20.0, "A comment is sent on every stream this often.")
    max_connections: int = setting(10_000, "Streams one process holds; more are answered 503.")
    max_per_user: int = setting(20, "Streams one user may hold in one process; more are answered 429.")
    max_backlog_bytes: int = setting(
        262_144, "Bytes that may wait for one slow reader before its stream is closed; it resumes when it comes back."
    )
    max_replay_events: int = setting(500, "Events replayed to one reconnecting stream; more gives a resync.")
    backpressure: Literal["drop_tokens", "drop_tokens_and_system"] = setting(
        "drop_tokens",
        "What a slow reader loses first: pieces of answers (it gets the text so far when it has caught up), or also"
        " typing and presence. Durable events are never left out.",
    )
    retention_hours: int = setting(48, "Events older than this are pruned.")
    max_events_per_topic: int = setting(
        10_000, "Events kept of one conversation or one user; the oldest are pruned even when they are younger."
    )
    prune_batch: int = setting(1_000, "Events pruned in one transaction.")


@dataclass(frozen=True)
class Presence:
    away_seconds: int = setting(45, "Whose pages say nothing for this long is away; they speak every 30 seconds.")
    offline_seconds: int = setting(300, "Whose pages say nothing for this long is offline.")
    most_members: int = setting(
        200, "In conversations with more members nobody is told who comes, goes or types; who wants to know asks."
    )


@dataclass(frozen=True)
class Llm:
    model: str = setting("qwen2.5-coder-1.5b", "Local model to fetch and serve (qwen2.5-coder-1.5b, smollm2, or none).")
    base_url: str = setting("", "Use this OpenAI-compatible server (…/v1) instead of a local model.")
    api_key: str = setting("", "Key for llm.base_url.")
    remote_model: str = setting("", "Model name to ask llm.base_url for; empty takes the first it lists.")
    models_directory: str = setting("", "Where model files are kept and looked for first; empty is <data.dir>/models.")
    hub_url: str = setting("", "Address of a GGUF file to fetch the model from before the package parts.")
    threads: int = setting(0, "Threads that generate; 0 is the number of cores less one.")
    context_tokens: int = setting(8192, "Context window of the local model, in tokens.")
    max_answer_tokens: int = setting(1024, "Longest answer, in tokens.")
    max_prompt_tokens: int = setting(3072, "Longest history given to the model, in tokens; the oldest turns go first.")
    max_concurrent_requests: int = setting(
        0, "Answers generated at once; 0 is 2 for the local model, 100 for a server."
    )
    first_piece_timeout_seconds: float = setting(120.0, "An answer that has not begun by then ends as timeout.")
    answer_timeout_seconds: float = setting(600.0, "An answer that is not finished by then ends as timeout.")
    system_prompt: str = setting(
        "You are Palaver, the assistant of a self-hosted chat where people and AI models talk together. "
        "You are an open model that runs on this server; you belong to no company. "
        "Answer correctly and briefly. Use Markdown for structure and code.",
        "Given to the model before every conversation.",
    )


@dataclass(frozen=True)
class WellKnown:
    directory: str = setting("", "Folder whose files are served below /.well-known/ while features.well_known is on.")


if typing.TYPE_CHECKING:
    Switches = Any
else:  # one bool a row of app/core/features.py
    Switches = dataclasses.make_dataclass(
        "Switches", [(f.name, bool, setting(f.default, f.meaning)) for f in FEATURES.values()], frozen=True
    )


@dataclass(frozen=True)
class Config:
    """The whole configuration; one attribute a section."""

    profile: Literal["dev", "test", "prod"] = setting("dev", "Set of defaults to start from.")
    server: Server = field(default_factory=Server)
    data: Data = field(default_factory=Data)
    logging: Logging = field(default_factory=Logging)
    security: Security = field(default_factory=Security)
    session: Session = field(default_factory=Session)
    auth: Auth = field(default_factory=Auth)
    oauth: Oauth = field(default_factory=Oauth)
    mail: Mail = field(default_factory=Mail)
    db: Db = field(default_factory=Db)
    rate_limits: RateLimits = field(default_factory=RateLimits)
    messages: Messages = field(default_factory=Messages)
    sse: Sse = field(default_factory=Sse)
    presence: Presence = field(default_factory=Presence)
    llm: Llm = field(default_factory=Llm)
    well_known: WellKnown = field(default_factory=WellKnown)
    features: Switches = field(default_factory=Switches)

    @property
    def public_url(self) -> str:
        """Where people reach this server, without a slash at the end: for links that are sent, and for passkeys."""
        return self.server.public_url.rstrip("/") or f"http://localhost:{self.server.port}"

    @property
    def models_directory(self) -> Path:
        return Path(self.llm.models_directory) if self.llm.models_directory else self.data.dir / "models"


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
