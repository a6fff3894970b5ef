"""The table of contents: every door of Palaver, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Flask

from app.blueprints import parsing

parsing.install()  # here, because this is imported before any door is made


@dataclass(frozen=True)
class Door:
    """A blueprint: where it is mounted and which module holds it (as `blueprint`).

    Attributes:
        feature: mounted only while this feature is on (app/core/features.py).
        needs: mounted only when this extension of the application has something in it.
    """

    prefix: str
    module: str
    feature: str = ""
    documented: bool = True
    needs: str = ""


DOORS = (
    Door("/api/setup", "app.blueprints.api.setup", "auth_v1"),
    Door("/api/auth", "app.blueprints.api.auth", "auth_v1"),
    Door("/api/auth/keys", "app.blueprints.api.keys", "auth_v1"),
    Door("/api/auth/identities", "app.blueprints.api.identities", "auth_v1"),
    Door("/api/oauth", "app.blueprints.api.oauth", "auth_v1", needs="oauth"),
    Door("/api/auth", "app.blueprints.api.accounts", "auth_v1"),
    Door("/api/auth/totp", "app.blueprints.api.totp", "auth_v1"),
    Door("/api/auth/passkeys", "app.blueprints.api.passkeys", "auth_v1"),
    Door("/api/admin/users", "app.blueprints.api.admin_totp", "auth_v1"),
    Door("/api/users", "app.blueprints.api.users"),
    Door("/api/conversations", "app.blueprints.api.conversations"),
    Door("/api/conversations", "app.blueprints.api.members"),
    Door("/api", "app.blueprints.api.conversation_invites"),
    Door("/api/threads", "app.blueprints.api.threads"),
    Door("/api/messages", "app.blueprints.api.messages"),
    Door("/api", "app.blueprints.api.unread"),
    Door("/api/tool-calls", "app.blueprints.api.tool_calls"),
    Door("/api/conversations", "app.blueprints.api.summaries"),
    Door("/api/drafts", "app.blueprints.api.drafts"),
    Door("/api", "app.blueprints.api.presence"),
    Door("/api/search", "app.blueprints.api.search"),
    Door("/api/usage", "app.blueprints.api.usage"),
    Door("/api/stream", "app.blueprints.api.stream", "sse_v1"),
    Door("/api/admin/audit", "app.blueprints.api.admin_audit"),
    Door("/api/admin/users", "app.blueprints.api.admin_users", "auth_v1"),
    Door("/api/admin/sessions", "app.blueprints.api.admin_sessions", "auth_v1"),
    Door("/api/admin/invites", "app.blueprints.api.admin_invites", "auth_v1"),
    Door("/api/admin/features", "app.blueprints.api.admin_features"),
    Door("/api/admin/tool-servers", "app.blueprints.api.admin_tools"),
    Door("/api/admin/limits", "app.blueprints.api.admin_limits"),
    Door("/api/admin/usage", "app.blueprints.api.admin_usage"),
    Door("/api/admin/budgets", "app.blueprints.api.admin_budgets"),
    Door("/api/admin/providers", "app.blueprints.api.admin_providers"),
    Door("/api/admin/models", "app.blueprints.api.admin_models"),
    Door("/api/admin/assistants", "app.blueprints.api.admin_assistants"),
    Door("/api/models", "app.blueprints.api.models"),
    Door("/api/assistants", "app.blueprints.api.assistants"),
    Door("/v1", "app.blueprints.openai.models", "openai_v1"),
    Door("/v1", "app.blueprints.openai.completions", "openai_v1"),
    Door("", "app.blueprints.ops.health", documented=False),
    Door("", "app.blueprints.ops.stream_check", documented=False),
    Door("", "app.blueprints.ops.metrics", documented=False),
    Door("", "app.blueprints.ops.well_known", "well_known", documented=False),
    Door("", "app.blueprints.pages", documented=False),
)


def mount(app: Flask) -> None:
    """Register every door; those of the API are described by OpenAPI."""
    from app.blueprints.openapi import Api

    api = Api(app)
    for door in DOORS:
        if door.feature and not app.extensions["features"].is_on(door.feature):
            continue
        if door.needs and not app.extensions[door.needs]:
            continue
        blueprint = import_module(door.module).blueprint
        if door.documented:
            api.register_blueprint(blueprint, url_prefix=door.prefix)
        else:
            app.register_blueprint(blueprint, url_prefix=door.prefix or None)
