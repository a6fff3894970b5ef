"""A short stream of numbered frames, with the headers of the real ones, to find out what a proxy does to streams.

`flask doctor --stream URL` reads it. It needs no session and touches no database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson
from flask import Blueprint, Response, request

from app.blueprints.guards import open_door
from app.streams.sse import PADDING

FRAMES, PAUSE_SECONDS = 5, 0.3

blueprint = Blueprint("stream_check", __name__)


@blueprint.get("/healthz/stream")
@open_door
def stream() -> Response:
    """Five frames, 300 ms apart; each says how many milliseconds after the first it was sent, and how we were asked."""
    response = Response(
        _frames(request.environ.get("SERVER_PROTOCOL", "")), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _frames(protocol: str) -> Iterator[bytes]:
    begun = time.monotonic()
    yield PADDING + b"\n"
    for number in range(1, FRAMES + 1):
        sent = round((time.monotonic() - begun) * 1000)
        body = orjson.dumps({"number": number, "sent_ms": sent, "protocol": protocol})
        yield b"event: check\ndata: " + body + b"\n\n"
        if number < FRAMES:
            time.sleep(PAUSE_SECONDS)
