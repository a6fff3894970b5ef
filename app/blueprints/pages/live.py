"""The stream of a page: events, with the HTML that the page would show for them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.sansio.app import App
from flask.sansio.blueprints import BlueprintSetupState

from app.blueprints.api.stream import open_stream
from app.blueprints.pages import blueprint
from app.streams.event import Event, dialects


@blueprint.get("/stream")
def stream() -> Response:
    """Everything the signed-in user may hear."""
    return open_stream(None, "page")


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    dialects["page"] = lambda event: with_html(state.app, event)


def with_html(app: App, event: Event) -> dict[str, Any]:
    """The payload, and the fragment that shows it; there is no request here, and every reader gets the same."""
    if event.kind in ("message.new", "message.done"):
        fragment = app.jinja_env.get_template("messages/_message.html").render(message=event.payload["message"])
    elif event.kind == "thread.new":
        fragment = app.jinja_env.get_template("threads/_item.html").render(thread=event.payload["summary"])
    else:
        return event.payload
    return event.payload | {"html": fragment}
