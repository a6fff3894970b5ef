"""Palaver: people and AI models talk in the same conversations."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from app.core.settings import Config

ROOT = Path(__file__).resolve().parents[1]


def create_app(config: Config) -> Flask:
    """Make the application: this list is what it is made of. Nothing is connected or started yet."""
    from flask import Flask

    from app import blueprints
    from app.adapters import mail
    from app.adapters.oauth.configured import configured
    from app.blueprints import errors, guards, http, limits, recall
    from app.cli import register
    from app.core.features import Features
    from app.core.logs import configure_logging
    from app.core.secrets import KeyRing
    from app.models import db
    from app.services.chat_models import ChatModels
    from app.services.mailing import Mailing
    from app.services.turns import Turns
    from app.streams.pulse import Pulse
    from app.streams.sse import Streams

    configure_logging(config.logging)
    app = Flask(__name__, root_path=str(ROOT))
    app.config["PALAVER"] = config
    app.extensions["keys"] = keys = KeyRing(config.data.dir, config.security.old_keys_seconds)
    keys.keys()  # made, or refused, at the start
    if config.db.runtime_url:
        db.configure(config.db.runtime_url, config.db.pool_size, config.db.statement_timeout_ms)
    app.extensions["features"] = Features(asdict(config.features))
    app.extensions["oauth"] = configured(config.oauth)
    app.extensions["mailing"] = Mailing(mail.make(config.mail), config.public_url)
    app.extensions["chat_models"] = ChatModels(config.llm, keys)
    app.extensions["worker"] = 0
    app.extensions["turns"] = Turns(config.llm)
    http.install(app, config)
    guards.introduce(app)
    recall.install(app)
    limits.install(app, config.rate_limits)
    guards.install(app)
    errors.install(app)
    app.extensions["pulse"] = Pulse()
    app.extensions["streams"] = Streams(
        config.sse.max_backlog_bytes, config.sse.max_replay_events, config.sse.backpressure,
        config.presence.most_members,
    )  # fmt: skip
    blueprints.mount(app)
    register(app)
    return app


def start_worker(app: Any, number: int, pid: int) -> None:
    """Start what runs beside requests in one gunicorn worker: the hub, the bus, the pulse."""
    from socket import gethostname

    from app.models import features

    app.extensions["worker"] = number
    streams = app.extensions["streams"]
    streams.bus.watch("feature.changed", lambda: app.extensions["features"].set_switched(features.switched()))
    if app.extensions["limits"].enabled:
        streams.bus.watch("limits.changed", app.extensions["limits"].reload)
    remembered = app.extensions["remembered"]
    remembered.hearing = lambda: streams.bus.hearing
    streams.bus.hear("access.changed", lambda event: remembered.forget(event.payload["user_id"]))
    streams.bus.hear("job.new", lambda _: app.extensions["turns"].wake())
    streams.start(app.config["PALAVER"].sse.heartbeat_seconds)
    streams.presence.start(f"{gethostname()}:{pid}:{number}")
    app.extensions["pulse"].start(number, pid, lambda: streams.bus.listening)
