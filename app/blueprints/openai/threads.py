"""Asking in a thread: the question is posted there, and the answer that grows in the database is told to the client as well.

The answer belongs to the thread: a client that goes away does not end it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, current_app, request
from gevent.queue import Empty

from app.adapters.llm import ModelError
from app.blueprints.guards import actor
from app.blueprints.openai.refusals import told
from app.blueprints.openai.watching import Watch
from app.core.actor import Actor
from app.core.errors import BadRequest, NotFound, PalaverError, RateLimited
from app.schemas.openai_turns import text_of
from app.services import completion_requests as requests
from app.services import completions, messages
from app.services.chunks import Chunks
from app.streams.event import Event
from app.streams.sse import Streams

# How long nothing may come before the database is asked what became of the answer.
LOOK_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": the answer has not gone on yet\n\n"
GONE = object()
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


def answer(given: dict[str, Any], found: dict[str, Any], place: dict[str, Any]) -> Response:
    """Post the question and answer as OpenAI's API does.

    Raises:
        BadRequest: there is no question.
        NotFound, Forbidden, Conflict, RateLimited: it cannot be posted there.
    """
    last = given["messages"][-1]
    if last["role"] != "user":
        raise BadRequest("In a thread the last message is the question, so its role has to be user.")
    posted = completions.post(actor(), place, text_of(last["content"]), found)
    grown = Grown(actor(), current_app.extensions["streams"], posted["answer"])
    body = _Body(grown, _chunks(given, found, posted), Watch(request.environ, grown.leave))
    if given.get("stream"):
        return Response(body.begun(), headers=HEADERS, content_type="text/event-stream; charset=utf-8")
    try:
        return Response(orjson.dumps(body.whole()), content_type="application/json")
    finally:
        body.close()


def _chunks(given: dict[str, Any], found: dict[str, Any], posted: dict[str, Any]) -> Chunks:
    warnings = requests.warnings_in_thread(given)
    where = {
        "conversation_id": posted["answer"]["conversation_id"], "root_id": posted["answer"]["root_id"],
        "parent_message_id": posted["message"]["id"], "message_id": posted["answer"]["id"],
    }  # fmt: skip
    has_usage = bool((given.get("stream_options") or {}).get("include_usage"))
    return Chunks(found["name"], warnings, has_usage, {"metadata": {"palaver": where}})


class Grown:
    """An answer of a thread as it grows: every piece once and in order, from its first.

    Attributes:
        message: as it ended.
    """

    def __init__(self, who: Actor, streams: Streams, message: dict[str, Any]) -> None:
        self._who, self._streams, self.message = who, streams, message
        self._next_idx = 0
        self._length = 0
        self._queue: Any = None

    def leave(self) -> None:
        """Nobody reads it any more; it goes on growing."""
        if self._queue is not None:
            self._queue.put_nowait(GONE)

    def pieces(self) -> Iterator[str]:
        """Its text, piece by piece; an empty one when nothing has come for a while.

        Raises:
            PalaverError: it failed, or may be read no more.
        """
        with self._streams.following.of(self.message["id"]) as self._queue:
            yield from self._missed()
            self._streams.bus.follow(self.message["id"], self._next_idx)
            quiet_at = time.monotonic() + KEEP_ALIVE_SECONDS
            while self.message["status"] == "streaming":
                try:
                    happened = self._queue.get(timeout=LOOK_SECONDS)
                except Empty:
                    found = list(self._missed())
                else:
                    if happened is GONE:
                        return
                    found = list(self._heard(happened))
                yield from found
                if found:
                    quiet_at = time.monotonic() + KEEP_ALIVE_SECONDS
                elif time.monotonic() > quiet_at:
                    quiet_at = time.monotonic() + KEEP_ALIVE_SECONDS
                    yield ""
        if self.message["status"] == "failed":
            raise _failure(self.message["error"] or {})

    def _heard(self, event: Event) -> Iterator[str]:
        if event.kind == "membership.changed":
            if event.payload["user_id"] == self._who.id and event.payload["action"] == "removed":
                yield from self._missed()  # which says whether it may be read
        elif event.kind != "message.delta":
            yield from self._became(event.payload["message"])
        elif event.payload["idx"] > self._next_idx:
            yield from self._missed()
        elif event.payload["idx"] == self._next_idx:
            yield from self._add(event.payload)

    def _missed(self) -> Iterator[str]:
        """What the database has that was not heard."""
        message = messages.get(self._who, self.message["id"])
        if message["status"] == "streaming":
            for piece in messages.chunks(self._who, self.message["id"], self._next_idx):
                if piece["idx"] == self._next_idx:
                    yield from self._add(piece)
        yield from self._became(message)

    def _add(self, piece: dict[str, Any]) -> Iterator[str]:
        self._next_idx += 1
        self._length += len(piece["content"])
        yield piece["content"]

    def _became(self, message: dict[str, Any]) -> Iterator[str]:
        """When it has ended, the rest of it."""
        self.message = message
        if message["deleted_at"]:
            raise NotFound("The answer was deleted while it was being written.")
        if message["status"] != "streaming" and (rest := (message["content"] or "")[self._length :]):
            self._length += len(rest)
            yield rest


class _Body:
    """What the client gets of it."""

    def __init__(self, grown: Grown, chunks: Chunks, watch: Watch) -> None:
        self._grown, self._chunks, self._watch = grown, chunks, watch
        self._pieces = grown.pieces()
        self._frames: Iterator[bytes] = iter(())
        watch.start()

    def begun(self) -> _Body:
        """Itself, when the first piece is there or it is time for a sign of life.

        Raises:
            PalaverError: it failed before it had begun.
        """
        try:
            self._frames = self._all(next(self._pieces, None))
        except BaseException:
            self.close()
            raise
        return self

    def whole(self) -> dict[str, Any]:
        """The answer when it has ended."""
        content = "".join(self._pieces)
        message = {"role": "assistant", "content": content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._reason()}
        return self._chunks.whole({"choices": [choice], "usage": self._usage()})

    def __iter__(self) -> Iterator[bytes]:
        return self._frames

    def _all(self, piece: str | None) -> Iterator[bytes]:
        try:
            yield self._chunks.delta({"role": "assistant", "content": ""})
            while piece is not None:
                yield self._chunks.delta({"content": piece}) if piece else KEEP_ALIVE
                piece = next(self._pieces, None)
            yield self._chunks.delta({}, self._reason())
            self._chunks.usage = self._usage()
            yield self._chunks.last()
        except PalaverError as error:
            yield b"data: %b\n\n" % orjson.dumps({"error": told(error)})
        finally:
            self._watch.stop()

    def _reason(self) -> str:
        return "length" if self._grown.message["finish_reason"] == "length" else "stop"

    def _usage(self) -> dict[str, Any]:
        counted = self._grown.message["usage"] or {}
        read, written = (int(counted.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
        return counted | {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    def close(self) -> None:
        self._watch.stop()
        self._pieces.close()  # type: ignore[attr-defined]


def _failure(error: dict[str, Any]) -> PalaverError:
    code, said = str(error.get("code") or "PV.MODEL.FAILED"), str(error.get("message") or "The answer failed.")
    if code == "PV.BUDGET.EXCEEDED":
        return RateLimited(said, code=code)
    return completions.failed(ModelError(said, code))
