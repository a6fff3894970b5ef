"""Pages for people. Reading and writing work without JavaScript; scripts only make them livelier."""

from __future__ import annotations

from flask import Blueprint

from app.blueprints.pages import words

blueprint = Blueprint("pages", __name__)
blueprint.record_once(lambda state: words.install(state.app))

from app.blueprints.pages import (  # noqa: F401
    accounts,
    admin,
    admin_features,
    conversations,
    home,
    kept,
    live,
    messages,
    settings,
    shell,
    threads,
)
