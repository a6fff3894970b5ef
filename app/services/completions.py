"""A request to /v1: its turn in the queue, the model's answer handed on, and an end that is written in every case."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any, cast

import gevent

from app.adapters.llm import ModelError
from app.adapters.llm.openai import OpenAIChat, Refused
from app.adapters.llm.relay import Relay
from app.adapters.llm.retries import Retries
from app.core.actor import Actor
from app.core.errors import BadRequest, Invalid, PalaverError, RateLimited, Unavailable
from app.core.settings import Llm
from app.models import completions
from app.schemas.openai_turns import has_images as has_images_in
from app.services import budgets, limits, messages
from app.services.budgets import Reservation
from app.services.chat_models import ChatModels
from app.services.chunks import Chunks, dumped
from app.services.completion_requests import prompt_tokens
from app.services.mentions import mentioned
from app.services.turns import KEEP_SECONDS, Turn, Turns

log = logging.getLogger(__name__)


class ModelFailed(PalaverError):
    """The server of the model did not answer as it should."""

    status, code, title = 502, "PV.MODEL.FAILED", "The model failed"


class ModelTooSlow(PalaverError):
    status, code, title = 504, "PV.MODEL.TIMEOUT", "The model took too long"


def names() -> list[dict[str, Any]]:
    """`[{id, created, owned_by}]`: everything that can be asked."""
    return completions.names()


def find(actor: Actor, name: str) -> dict[str, Any]:
    """What a request calls its model: `{model_id, assistant_id, name, capabilities, kind}`.

    Raises:
        Forbidden: the actor only reads.
        NotFound: nothing that can be asked is called so.
    """
    return completions.find(actor.id, name)


def ask(actor: Actor, turns: Turns, given: dict[str, Any]) -> tuple[dict[str, Any], Turn | None, Reservation | None]:
    """What a request asks for, its place in the queue, and what it may use put aside; the latter two only if the model can look
    at the images that it has.

    Raises:
        Forbidden, NotFound: see `find`.
        RateLimited: a budget has not enough left.
    """
    # Which of the two counts is up to the server of the model.
    most = max(given.get("max_completion_tokens") or 0, given.get("max_tokens") or 0) or None
    has_images = has_images_in(given["messages"]) is not None
    row = completions.ask(actor.id, given["model"], has_images, prompt_tokens(given), most, KEEP_SECONDS,
                          turns.local, budgets.KEEP_SECONDS)  # fmt: skip
    found = row["found"]
    if "turn" not in row:
        return found, None, None
    held = Reservation(row["reservation"], actor.id, found["model_id"], found["assistant_id"], "completion")
    return found, turns.take(actor.id, row["turn"]), held


def post(actor: Actor, place: dict[str, Any], content: str, found: dict[str, Any]) -> dict[str, Any]:
    """Ask in a thread: `{message, answer}`.

    Raises:
        NotFound, Forbidden, Conflict, RateLimited: see `api.completion_post`.
    """
    if not content or len(content) > messages.MAX_CHARACTERS:
        raise Invalid(f"A message in a thread has 1 to {messages.MAX_CHARACTERS:,} characters.")
    names, everybody = mentioned(content)
    return completions.post(
        actor.id, place["conversation_id"], place["parent_message_id"], content, place["client_id"], names,
        limits.current.enabled, everybody, found["model_id"], found["assistant_id"],
    )  # fmt: skip


def client(models: ChatModels, asked: dict[str, Any]) -> OpenAIChat:
    """Who answers for the model that is asked.

    Raises:
        Unavailable: nobody at the moment.
        ModelFailed: its key cannot be read.
    """
    try:
        return cast(OpenAIChat, models.of(asked["model"]))
    except ModelError as error:
        raise failed(error) from error


class Run:
    """One request on its way. Begin it, wait for its first piece, take the others, close it.

    Attributes:
        ended: why it was ended from outside: cancelled (nobody is there to read it), timeout, or lost.
    """

    def __init__(
        self, turn: Turn, held: Reservation, client: OpenAIChat, body: dict[str, Any], chunks: Chunks, config: Llm
    ) -> None:
        self._turn, self._held, self._chunks, self._config = turn, held, chunks, config
        self._is_streamed = bool(body["stream"])
        self._provider = turn.asked["model"]["provider"]
        self._relay = Relay(client, body, self._answer_seconds if not self._is_streamed else 0)
        self._values: Iterator[list[bytes]] = iter(())
        self._first = b""
        self._failure: BaseException | None = None
        self._opener: gevent.Greenlet | None = None
        self._timer: Any = None
        self._first_ms: int | None = None
        self._asked_at: float | None = None
        self._prompt_tokens = prompt_tokens(body)
        self.whole = b""
        self.ended: str | None = None
        turn.lost.rawlink(lambda _signal: self.end("lost"))

    @property
    def _answer_seconds(self) -> float:
        return float(self._provider["answer_seconds"] or self._config.answer_timeout_seconds)

    # -- the first piece, or the whole answer

    def start(self) -> None:
        """Take the turn and ask; returns at once."""
        self._opener = gevent.spawn(self._open)

    def wait(self, seconds: float | None) -> bool:
        """Has it begun, within this time?

        Raises:
            PalaverError: it failed, and how.
        """
        assert self._opener is not None
        self._opener.join(seconds)
        if not self._opener.ready():
            return False
        if self._failure is not None:
            raise self._failure
        return True

    def _open(self) -> None:
        try:
            self._take_turn()
            begun = self._asked_at = time.monotonic()
            with gevent.Timeout(self._patience_seconds(), _too_slow()):
                self._ask()
            self._first_ms = int((time.monotonic() - begun) * 1000)
            self._timer = gevent.spawn_later(self._answer_seconds, self.end, "timeout")
        except ModelError as error:
            self._failure = self._stopped() or failed(error)
        except PalaverError as error:
            self._failure = self._stopped() or error
        except Exception:
            log.exception("a request to a model failed")
            self._failure = PalaverError("Something went wrong on the server while it asked the model.")
        except gevent.GreenletExit:
            self._failure = self._stopped() or Unavailable("The request was ended.")

    def _take_turn(self) -> None:
        if self._turn.wait(self._config.queue_seconds):
            return
        if self._turn.lost.is_set():
            raise Unavailable("This request lost its place in the queue; send it again.")
        place = self._turn.place
        raise RateLimited(
            f"The model is busy and {place - 1} other request{'s' if place != 2 else ''} would be answered first;"
            f" yours waited for {self._config.queue_seconds:g} seconds. Try again a little later.",
            {"X-Queue-Position": str(place), "Retry-After": str(min(60, 5 * place))},
        )

    def _patience_seconds(self) -> float:
        if not self._is_streamed:
            return self._answer_seconds
        return float(self._provider["first_piece_seconds"] or self._config.first_piece_timeout_seconds)

    def _ask(self) -> None:
        retries = Retries(self._patience_seconds())
        while True:
            try:
                return self._try()
            except ModelError as error:
                self._relay.close()
                retries.wait(error)

    def _try(self) -> None:
        self._relay.open()
        if not self._is_streamed:
            self.whole = dumped(self._chunks.whole(self._relay.whole()))
            return
        self._values = self._relay.values()
        while not self._first and not self._chunks.is_done:
            self._first = self._next()

    def _next(self) -> bytes:
        """What has come, in our words.

        Raises:
            ModelError: broken off.
        """
        if (values := next(self._values, None)) is None:
            self._chunks.finish()
            return b""
        return self._chunks.take(values)

    # -- the others

    def pieces(self) -> Iterator[bytes]:
        """The rest of the stream, from the first piece on, in the greenlet that asks. A failure becomes its last word."""
        try:
            yield self._first
            while not self._chunks.is_done and self.ended is None:
                if block := self._next():
                    yield block
            if error := self._stopped():
                raise error
            yield self._chunks.last()
        except ModelError as error:
            self._failure = self._stopped() or failed(error)
        except PalaverError as error:
            self._failure = error
        if self._failure is not None:
            raise self._failure

    # -- the end

    def end(self, reason: str) -> None:
        """Stop, from outside: the connection to the model closes."""
        if self.ended is None:
            self.ended = reason
            if self._opener is not None:
                self._opener.kill(block=False)
            self._relay.interrupt()
            gevent.spawn(self.close)  # whoever writes to a client that does not read might never come to it

    def close(self) -> None:
        """Give back the turn. Whatever happened before; once is enough."""
        if self._timer is not None:
            self._timer.kill(block=False)
        self._relay.close()
        self._settle()
        self._turn.end(self._reason(), self._first_ms)

    def _settle(self) -> None:
        """What it has used, as the server counted, or else about."""
        try:
            if self._asked_at is None:
                return budgets.release(self._held)
            usage, seconds = self._chunks.usage or {}, time.monotonic() - self._asked_at
            has_begun = self._first_ms is not None or self.ended is not None
            read = _count(usage.get("prompt_tokens"), self._prompt_tokens if has_begun else 0)
            written = _count(usage.get("completion_tokens"), self._chunks.pieces)
            budgets.settle(self._held, read, written, seconds, self._reason())
        except PalaverError as error:
            log.warning("what a request used could not be written down: %s", error)

    def _reason(self) -> str:
        if self.ended:
            return {"lost": "interrupted"}.get(self.ended, self.ended)
        if self._failure is not None:
            return "timeout" if isinstance(self._failure, ModelTooSlow) else "error"
        said = self._chunks.finish_reason
        return "cancelled" if said is None else "length" if said == "length" else "stop"

    def _stopped(self) -> PalaverError | None:
        """What is to be said of an end from outside."""
        if self.ended == "timeout":
            return _too_slow()
        return Unavailable("The request was ended before its answer was complete.") if self.ended else None


def failed(error: ModelError) -> PalaverError:
    """In words for who asked: a refusal of what was sent is his, everything else the server's."""
    if error.code == "PV.MODEL.REQUEST" or (isinstance(error, Refused) and error.status in (400, 413, 422)):
        return BadRequest(str(error), code=error.code)
    if isinstance(error, Refused) and error.status == 429:
        return RateLimited(f"The server of this model refuses more requests at the moment. {error}")
    if error.code in ("PV.MODEL.UNREACHABLE", "PV.MODEL.NONE", "PV.MODEL.UNAVAILABLE", "PV.MODEL.DISABLED"):
        return Unavailable(str(error), code=error.code)
    return ModelTooSlow(str(error)) if error.code == "PV.MODEL.TIMEOUT" else ModelFailed(str(error), code=error.code)


def _count(told: Any, guess: int) -> int:
    return told if type(told) is int else guess


def _too_slow() -> ModelTooSlow:
    return ModelTooSlow("The model took too long; the answer was ended.")
