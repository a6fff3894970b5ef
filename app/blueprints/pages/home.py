"""The first page: ask anything."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, send_from_directory

from app.blueprints.guards import actor, open_door
from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import client_id, model_ids, page, uuid_of
from app.core.errors import PalaverError
from app.services import conversations, messages


@blueprint.get("/")
def home() -> Any:
    """A composer that begins a conversation with the assistant."""
    return page("home.html", choices=conversations.choices(actor()))


@blueprint.post("/")
def ask() -> Any:
    """Begin a conversation with the assistant."""
    try:
        assistant = uuid_of(request.form.get("assistant_id"))
        question = messages.ask(actor(), request.form.get("content", ""), client_id(), model_ids(), assistant)
    except PalaverError as error:
        return page("home.html", error=error, choices=conversations.choices(actor())), error.status
    return redirect(thread_path(question), 303)


def thread_path(message: dict[str, Any]) -> str:
    """The address of the thread that a message is in."""
    return f"/c/{message['conversation_id']}/t/{message['root_id']}"


@blueprint.get("/favicon.ico")
@open_door
def favicon() -> Any:
    """For browsers that ask for this address whatever the page says."""
    return send_from_directory(str(current_app.static_folder), "favicon.svg", mimetype="image/svg+xml", max_age=86_400)
