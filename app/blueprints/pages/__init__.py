"""Pages for people. Reading and writing work without JavaScript; scripts only make them livelier."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.sansio.blueprints import BlueprintSetupState

from app.blueprints.pages import words

# Modules of pages that belong to a feature: while it is off they are not mounted.
FEATURES = {
    "accounts": "auth_v1",
    "keys": "auth_v1",
    "connected": "auth_v1",
    "registration": "auth_v1",
    "settings_access": "auth_v1",
    "admin_users": "auth_v1",
    "second_step": "auth_v1",
    "security": "auth_v1",
    "live": "sse_v1",
}


class _Pages(Blueprint):
    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Any = None, *_: Any, **more: Any) -> None:
        feature = FEATURES.get(view_func.__module__.rpartition(".")[2])

        def mount(state: BlueprintSetupState) -> None:
            if feature is None or state.app.extensions["features"].is_on(feature):
                state.add_url_rule(rule, endpoint, view_func, **more)

        self.record(mount)


blueprint = _Pages("pages", __name__)
blueprint.record_once(lambda state: words.install(state.app))

from app.blueprints.pages import (  # noqa: F401
    accounts,
    admin,
    admin_assistants,
    admin_audit,
    admin_budgets,
    admin_features,
    admin_limits,
    admin_models,
    admin_servers,
    admin_tools,
    admin_users,
    connected,
    conversation_invites,
    conversation_settings,
    conversations,
    home,
    kept,
    keys,
    live,
    messages,
    registration,
    search,
    second_step,
    security,
    settings,
    settings_access,
    shell,
    steering,
    summaries,
    threads,
    tools,
    unread,
    usage,
)
