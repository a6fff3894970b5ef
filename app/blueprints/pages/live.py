"""The stream of a page: events, with the HTML that the page would show for them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.sansio.app import App
from flask.sansio.blueprints import BlueprintSetupState

from app.blueprints.api.stream import open_stream
from app.blueprints.pages import blueprint
from app.blueprints.pages.blocks import Answers
from app.blueprints.pages.words import in_line, prepare, rendered
from app.streams.event import Event, dialects, preparations


@blueprint.get("/stream")
def stream() -> Response:
    """Everything the signed-in user may hear."""
    return open_stream(None, "page")


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    pages = Pages(state.app)
    dialects["page"] = pages.payload
    preparations["page"] = pages.prepare


class Pages:
    """The dialect of pages. There is no request here, and every reader gets the same."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._answers = Answers(rendered)

    def prepare(self, event: Event) -> None:
        """Render the text that `payload` needs, beside the loop if it is long."""
        match event.kind:
            case "message.new" | "message.done" | "message.updated" | "message.deleted" | "message.restored":
                prepare(event.payload["message"], is_live=True)
            case "message.snapshot":
                prepare(event.payload | {"status": "streaming"}, is_live=True)

    def payload(self, event: Event) -> dict[str, Any]:
        """The payload of an event, with `html` where a page needs a fragment."""
        given = event.payload
        match event.kind:
            case "message.updated" if given["message"]["status"] == "streaming":
                return given | self._goes_on(given["message"])
            case "message.new" | "message.updated" | "message.deleted" | "message.restored":
                return given | {"html": self._fragment("messages/_message.html", message=given["message"])}
            case "message.done":
                self._answers.forget(given["message_id"])
                return given | {"html": self._fragment("messages/_message.html", message=given["message"])}
            case "tool.called" | "tool.updated":
                return given | {"html": self._fragment("tools/_call.html", call=given["call"])}
            case "thread.new" | "thread.updated":
                return given | {"html": self._fragment("threads/_item.html", thread=given["summary"])}
            case "message.snapshot":
                place = given.get("queue", {}).get("place", 0)
                return self._answers.snapshot(given) | {"in_line": in_line(place)}
            case "answer.queued":
                return given | {"in_line": in_line(given["place"])}
            case "message.delta":
                return self._answers.delta(given)
        return given

    def _goes_on(self, message: dict[str, Any]) -> dict[str, Any]:
        """An answer grows again: its text so far is piece 0. `blocks` and `end` as `html` and `end` of a snapshot."""
        self._answers.forget(message["id"])
        so_far = self._answers.snapshot({"message_id": message["id"], "content": message["content"], "next_idx": 1})
        html = self._fragment("messages/_message.html", message=message)
        return {"html": html, "blocks": so_far["html"], "end": so_far["end"]}

    def _fragment(self, template: str, **given: Any) -> str:
        return self._app.jinja_env.get_template(template).render(**given)
