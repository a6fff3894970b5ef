"""Writing one answer: ask the model, let the text grow, end it in every case with a word that people see."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.event import Event as Signal

from app.adapters.llm import ChatModel, ModelError, Piece, Turn
from app.core.settings import Llm
from app.models import answers
from app.services import chat_models, prompts
from app.services.patience import patiently
from app.services.tools import WAITING, Toolbox

log = logging.getLogger(__name__)

# Characters of history read from the database for one token of budget: generous, the tokenizer cuts exactly.
CHARACTERS_A_TOKEN = 8
BYTES_A_TOKEN = 4
# A model that says nothing for so long between two pieces says nothing more.
SILENCE_SECONDS = 120.0


@dataclass
class Growing:
    """An answer that is being written.

    Attributes:
        pieces: what has been flushed or is about to be, in order; the place is the `idx`.
        fresh: text that has arrived since the last flush.
        flushed: how many of the pieces the database has.
        kept: how many of them were there before this job: an answer that goes on begins with its text so far.
        asked: `{assistant, model}`: as whom, and which model with its provider (`internal.asked_json`).
        heard_at: when the model was last heard (`time.monotonic`).
        first_ms: from the lease to the first piece.
        too_slow: what people are told when a time is over.
        prompt_tokens: how many we counted, for servers that do not say.
        received: pieces of text that came, which of most servers are tokens.
        wants_title: it is the first answer of a thread that nobody named.
        context: what is answered (`api.answer_context`), when it came with the lease.
    """

    lease: str
    message_id: str
    conversation_id: str
    root_id: str
    pieces: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    flushed: int = 0
    kept: int = 0
    asked: dict[str, Any] = field(default_factory=dict)
    began: Signal = field(default_factory=Signal)
    stop_reason: str | None = None
    reader: gevent.Greenlet | None = None
    wants_title: bool = False
    leased_at: float = field(default_factory=time.monotonic)
    heard_at: float = 0.0
    first_ms: int | None = None
    too_slow: str = ""
    prompt_tokens: int | None = None
    received: int = 0
    context: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Growing:
        """From what `answers.claim` answers."""
        pieces = [] if row["so_far"] is None else [row["so_far"], *[""] * (row.get("first_idx", 1) - 1)]
        place = (row["lease"], row["message_id"], row["conversation_id"], row["root_id"])
        return cls(
            *place, pieces, flushed=len(pieces), kept=len(pieces), asked=row["asked"], context=row.get("context")
        )

    def has_grown(self) -> bool:
        """Has this job written anything?"""
        return len(self.pieces) > self.kept or bool(self.fresh)

    def text(self) -> str:
        return "".join(self.pieces) + "".join(self.fresh)

    def hear(self, piece: Piece) -> None:
        """The model has said something, or begins to call something."""
        self.heard_at = time.monotonic()
        self.received += bool(piece.text)
        if not self.began.is_set() and (piece.text or piece.tool_calls):
            self.first_ms = int((self.heard_at - self.leased_at) * 1000)
            self.began.set()

    def counted(self) -> dict[str, int | None]:
        """What it took, as far as we can tell; a piece of some servers is several tokens."""
        written = len("".join(self.pieces[self.kept :] + self.fresh).encode())
        return {
            "input_tokens": self.prompt_tokens,
            "output_tokens": max(self.received, written // BYTES_A_TOKEN),
            "first_ms": self.first_ms,
        }

    def stop(self, reason: str) -> None:
        """End it now, for this reason: the connection to the model closes."""
        self.stop_reason = self.stop_reason or reason
        if self.reader is not None:
            self.reader.kill(block=False)


def write(
    answer: Growing, model: ChatModel, config: Llm, grew: Callable[[Growing], None], drain: Callable[[Growing], None],
    toolbox: Toolbox | None = None,
) -> None:  # fmt: skip
    """Write one answer to its end.

    Args:
        grew: told whenever text has arrived.
        drain: returns when all text that has arrived is in the database, or the lease is lost.
        toolbox: what assistants may use; with it an answer may stop in the middle until somebody allows a call.
    """
    last = Piece()
    failure: ModelError | None = None

    def read() -> None:
        nonlocal last, failure
        try:
            for piece in _ask(answer, model, config, drain, toolbox):
                answer.hear(piece)
                if piece.text:
                    answer.fresh.append(piece.text.replace("\x00", ""))
                    grew(answer)
                last = Piece(
                    "", piece.finish_reason or last.finish_reason, piece.usage or last.usage, piece.model or last.model
                )
        except ModelError as error:
            failure = error
        except Exception:
            log.exception("answer %s failed", answer.message_id)
            failure = ModelError("Something went wrong on the server while it wrote this answer.", "PV.INTERNAL")

    answer.reader = gevent.spawn(read)
    answer.reader.link(lambda _: answer.began.set())  # however it ends, even before it ran
    if answer.stop_reason:
        answer.reader.kill(block=False)
    _wait(answer, config)
    drain(answer)
    if answer.stop_reason not in ("lost", WAITING):
        _finish(answer, last, failure)


def most_characters(config: Llm) -> int:
    """How much of the history is read from the database for an answer."""
    return config.max_prompt_tokens * CHARACTERS_A_TOKEN


def reap() -> int:
    """End or queue again the answers whose process died; answers how many there were."""
    return answers.reap()


def _ask(  # type: ignore[no-untyped-def]
    answer: Growing, model: ChatModel, config: Llm, drain: Callable[[Growing], None], toolbox: Toolbox | None
):
    budget = config.max_prompt_tokens
    context = answer.context or patiently(answers.context, answer.lease, most_characters(config))
    if context is None:
        answer.stop_reason = "lost"
        return
    answer.wants_title = context.get("wants_title", False)
    parameters = chat_models.parameters(answer.asked, config)
    window = answer.asked["model"]["context_tokens"] or model.context_tokens()
    if window:
        budget = min(budget, max(256, window - parameters["max_tokens"]))
    tools = patiently(toolbox.open, answer) if toolbox else None
    if tools:
        budget, context = max(256, budget - tools.tokens(model, budget)), tools.before(context)
    system_prompt = (answer.asked["assistant"] or {}).get("system_prompt") or config.system_prompt

    def count(turns: list[Turn]) -> int:
        answer.prompt_tokens = tokens = model.count_tokens(turns)
        return tokens

    is_guarded = answer.asked["model"]["provider"]["kind"] != "openai"
    prompt = prompts.prompt_of(context, system_prompt, count, budget, is_guarded)
    if prompt.left_out:
        patiently(answers.left_out, answer.lease, prompt.left_out)
    if tools:
        yield from tools.pieces(model, prompt.turns, parameters, _seconds(answer, config)[0], drain)
    else:
        yield from model.stream(prompt.turns, parameters, _seconds(answer, config)[0])


def _seconds(answer: Growing, config: Llm) -> tuple[float, float]:
    """How long the first piece, and the whole answer, may take: its server of models says so, or the configuration."""
    provider = answer.asked["model"]["provider"]
    return (
        provider["first_piece_seconds"] or config.first_piece_timeout_seconds,
        provider["answer_seconds"] or config.answer_timeout_seconds,
    )


def _wait(answer: Growing, config: Llm) -> None:
    """Until the reader is done, or a time is over: for the first piece, between two pieces, or for the whole answer."""
    assert answer.reader is not None
    first, whole = _seconds(answer, config)
    began = time.monotonic()
    while not answer.reader.ready():
        if not answer.began.is_set():
            limits = [(began + first, f"The model did not begin to answer within {first:g} seconds.")]
        else:
            limits = [
                (answer.heard_at + SILENCE_SECONDS, f"The model said nothing more for {SILENCE_SECONDS:g} seconds.")
            ]
        limits.append((began + whole, f"The model was not done within {whole:g} seconds; the answer was ended."))
        until, too_slow = min(limits)
        left = until - time.monotonic()
        if left <= 0:
            answer.too_slow = too_slow
            answer.stop("timeout")
            answer.reader.join()
        elif not answer.began.is_set():
            answer.began.wait(left)
        else:
            answer.reader.join(left)


def _finish(answer: Growing, last: Piece, failure: ModelError | None) -> None:
    error: dict[str, Any] | None = None
    reason = answer.stop_reason or last.finish_reason or "stop"
    if failure is not None and answer.stop_reason is None:
        reason, error = "error", {"code": failure.code, "message": str(failure)}
    elif reason == "timeout":
        error = {"code": "PV.MODEL.TIMEOUT", "message": answer.too_slow}
    elif reason not in ("stop", "length", "cancelled", "interrupted"):
        reason = "stop"  # a provider's own word for an ordinary end
    if reason == "stop" and not answer.text():
        reason, error = "error", {"code": "PV.MODEL.EMPTY", "message": "The model answered nothing."}
    usage = last.usage if isinstance(last.usage, dict) else None
    # The text is only here: keep it until the database is back. A lease that ran out meanwhile is refused there.
    patiently(answers.finish, answer.lease, answer.text(), reason, last.model, usage, error, answer.counted())


def fail(answer: Growing, error: ModelError) -> None:
    """End an answer that no model can be asked for."""
    said = {"code": error.code, "message": str(error)}
    patiently(answers.finish, answer.lease, answer.text(), "error", None, None, said)
