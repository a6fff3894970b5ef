from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from flask import Response, current_app, request
from flask_smorest import Blueprint

from app.blueprints import bearer
from app.blueprints.guards import actor
from app.blueprints.openai import threads
from app.blueprints.openai.refusals import told
from app.blueprints.openai.shapes import Unknown, Unsupported
from app.blueprints.openai.watching import Watch
from app.core.errors import NotFound, PalaverError
from app.schemas import openai as schemas
from app.schemas.openai_turns import has_images
from app.services import completion_requests as requests
from app.services import completions
from app.services.chunks import Chunks
from app.services.completions import Run

blueprint = Blueprint("openai_completions", __name__, description="OpenAI-compatible: asking a model.")

# Until then the status line waits for the first piece, so that a failure before it has a status of its own. Then, and every
# so many seconds, a comment keeps proxies and clients from giving up.
KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": the model has not begun yet\n\n"
_EXAMPLE = (
    'data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1763600000,"model":"local","choices":[{"index":0,'
    '"delta":{"content":"In May."},"finish_reason":null}]}\n\ndata: [DONE]\n\n'
)
_CONTENT = {
    "application/json": {"schema": schemas.Completion},
    "text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE},
}
_ANSWER = {"200": {"description": "The answer; with `stream` as Server-Sent Events.", "content": _CONTENT}}


@blueprint.post("/chat/completions")
@blueprint.arguments(schemas.CompletionRequest)
@blueprint.alt_response(502, schema=schemas.OpenAIRefusal, description="The server of the model failed.")
@blueprint.alt_response(504, schema=schemas.OpenAIRefusal, description="The model took too long.")
@blueprint.doc(responses=_ANSWER)
def create(given: dict[str, Any]) -> Any:
    """Ask a model: the whole answer, or with `stream` its pieces as they come."""
    if place := (given.get("metadata") or {}).get("palaver"):
        bearer.require_scope(actor(), "write")
        return threads.answer(given, _known(lambda: completions.find(actor(), given["model"]), given), place)
    run = _begin(given)
    body = _Body(run, Watch(request.environ, lambda: run.end("cancelled")))
    try:
        if given.get("stream"):
            return Response(body.begun(), headers=_HEADERS, content_type="text/event-stream; charset=utf-8")
        run.wait(None)
    except BaseException:
        body.close()
        raise
    body.close()
    return Response(run.whole, content_type="application/json")


_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


def _known(look: Callable[[], Any], given: dict[str, Any]) -> Any:
    try:
        return look()
    except NotFound:
        raise Unknown(given["model"]) from None


def _begin(given: dict[str, Any]) -> Run:
    config, chat_models = current_app.config["PALAVER"].llm, current_app.extensions["chat_models"]
    turns = current_app.extensions["turns"]
    found, turn, held = _known(lambda: completions.ask(actor(), turns, given), given)
    if turn is None:
        raise _no_images(given, found)
    try:
        body = requests.body_of(given, turn.asked, config)
        has_usage = bool((given.get("stream_options") or {}).get("include_usage"))
        chunks = Chunks(found["name"], requests.warnings_of(given), has_usage)
        return Run(turn, held, completions.client(chat_models, turn.asked), body, chunks, config)
    except BaseException:
        turn.end("error")
        raise


def _no_images(given: dict[str, Any], found: dict[str, Any]) -> Unsupported:
    refusal = Unsupported(f"The model {found['name']} cannot look at images; choose one that can, or send text alone.")
    refusal.errors = {"messages": {has_images(given["messages"]): {"content": ["image"]}}}
    return refusal


class _Body:
    """A streamed answer on its way to the client."""

    def __init__(self, run: Run, watch: Watch) -> None:
        self._run, self._watch = run, watch
        self._pieces: Iterator[bytes] = iter(())
        watch.start()
        run.start()

    def begun(self) -> _Body:
        """Itself, when the first piece is there or it is time for a sign of life."""
        self._pieces = self._all(self._run.wait(KEEP_ALIVE_SECONDS))
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def _all(self, has_begun: bool) -> Iterator[bytes]:
        try:
            while not has_begun:
                yield KEEP_ALIVE
                has_begun = self._run.wait(KEEP_ALIVE_SECONDS)
            yield from self._run.pieces()
        except PalaverError as error:
            yield b"data: %b\n\n" % orjson.dumps({"error": told(error)})
        finally:
            self.close()

    def close(self) -> None:
        """Called by the server in every case, also when the client has gone."""
        self._watch.stop()
        self._run.close()
