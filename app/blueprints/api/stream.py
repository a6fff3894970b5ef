from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, request
from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.core.errors import RateLimited, Unavailable
from app.streams.sse import Streams, check_socket

blueprint = Blueprint("stream", __name__, description="Live updates as Server-Sent Events.")

_EXAMPLE = (
    'event: message.new\ndata: {"type":"message.new","payload":{"conversation_id":"…","root_id":"…","message":{…}},"seq":1}\n'
    "id: 49034781.3\n\n"
)
_DOC = {
    "responses": {
        "200": {
            "description": "An endless stream of events, as docs/events.md lists them.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
    "parameters": [
        {
            "in": "header",
            "name": "Last-Event-ID",
            "schema": {"type": "string"},
            "description": "Continue after this id.",
        },
        {
            "in": "query",
            "name": "since",
            "schema": {"type": "string"},
            "description": "The same, for clients without it.",
        },
    ],
}


def open_stream(conversation: str | None, dialect: str) -> Response:
    """A stream for the signed-in user, within the limits on how many there may be."""
    check_socket(request.environ)
    if request.method == "HEAD":
        return Response(content_type="text/event-stream; charset=utf-8")
    streams: Streams = current_app.extensions["streams"]
    limits = current_app.config["PALAVER"].sse
    if len(streams.hub.connections) >= limits.max_connections:
        raise Unavailable("This server has as many live connections as it can hold; try again later.")
    if streams.count_of(actor().id) >= limits.max_per_user:
        raise RateLimited("You have too many live connections open; close some windows.")
    position = request.headers.get("Last-Event-ID") or request.args.get("since")
    return streams.open(actor().id, actor().credential_id, conversation, position, dialect)


@blueprint.get("")
@blueprint.doc(**_DOC)
def everything() -> Response:
    """Everything you may hear, on one connection."""
    return open_stream(None, "json")


@blueprint.get("/conversations/<uuid:conversation_id>")
@blueprint.doc(**_DOC)
def conversation(conversation_id: UUID) -> Response:
    """One conversation."""
    return open_stream(str(conversation_id), "json")
