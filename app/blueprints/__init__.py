"""The table of contents: every door of Palaver, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Flask


@dataclass(frozen=True)
class Door:
    """A blueprint: where it is mounted and which module holds it (as `blueprint`)."""

    prefix: str
    module: str
    documented: bool = True


DOORS = (
    Door("/api/setup", "app.blueprints.api.setup"),
    Door("/api/auth", "app.blueprints.api.auth"),
    Door("/api/auth/keys", "app.blueprints.api.keys"),
    Door("/api/users", "app.blueprints.api.users"),
    Door("/api/conversations", "app.blueprints.api.conversations"),
    Door("/api/threads", "app.blueprints.api.threads"),
    Door("/api/messages", "app.blueprints.api.messages"),
    Door("/api/stream", "app.blueprints.api.stream"),
    Door("/api/admin/features", "app.blueprints.api.admin_features"),
    Door("", "app.blueprints.ops.health", documented=False),
    Door("", "app.blueprints.ops.stream_check", documented=False),
    Door("", "app.blueprints.pages", documented=False),
)


def mount(app: Flask) -> None:
    """Register every door; those of the API are described by OpenAPI."""
    from app.blueprints.openapi import Api

    api = Api(app)
    for door in DOORS:
        blueprint = import_module(door.module).blueprint
        if door.documented:
            api.register_blueprint(blueprint, url_prefix=door.prefix)
        else:
            app.register_blueprint(blueprint, url_prefix=door.prefix or None)
