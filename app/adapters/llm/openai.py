"""The OpenAI-compatible HTTP client: the local model server, Ollama, vLLM, llama.cpp, or a provider.

Counting tokens uses the server's own `/apply-template`, `/tokenize` and `/props` (llama.cpp) where they exist.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from app.adapters.llm import ModelError, Piece, Turn, bounds
from app.adapters.llm.body import Pace, broken_off, streamed
from app.adapters.llm.retries import PASSING, Passing, Retries, retry_after

CONNECT_SECONDS = 5.0
# Between two pieces; the whole answer has its own limit.
READ_SECONDS = 120.0
# Without a tokenizer. A token is some four letters of English (one byte each), one and a half of Russian (two), and about
# one character of Chinese or Japanese (three): the guess is rather too high than too low.
BYTES_A_TOKEN = 3
TOKENS_A_TURN = 8
DONE = b"[DONE]"
# What answers a question about a path that a server does not have. Everything else may be different the next time.
HAS_NOT = (404, 405, 501)
QUESTION_SECONDS = 10.0
# One answer asks several times: after a question that failed, guess for so long.
PAUSE_SECONDS = 10.0
# For so long the first model of a server's list is the one that was first.
KEPT_SECONDS = 10.0


# What helps, where the status says it; people read the sentence below their question.
_KEY = "An administrator can enter its key anew under Models."
_WHAT_HELPS = {
    401: _KEY,
    403: _KEY,
    404: "An administrator can correct its address, or the model's name there, under Models.",
    429: "It has too much to do, or its account is used up: try again later, or with another model.",
}


class Refused(ModelError):
    """The server does not want this request.

    Attributes:
        status: what it answered.
    """

    def __init__(self, status: int, said: str) -> None:
        helps = _WHAT_HELPS.get(status, "Try again, or with another model." if status >= 500 else "")
        told = f"The model server refused ({status}): {said}"
        super().__init__(f"{told.rstrip('. ')}. {helps}" if helps else told, "PV.MODEL.REFUSED")
        self.status = status


class Busy(Passing, Refused):
    """The server does not want it now."""

    def __init__(self, status: int, said: str, seconds: float | None) -> None:
        Refused.__init__(self, status, said)
        self.retry_after = seconds


class _Question:
    """Something that only some servers can be asked.

    Attributes:
        is_open: False when the server cannot be asked that, or could not just now.
    """

    def __init__(self) -> None:
        self._asked_again = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() >= self._asked_again

    def failed(self, error: Exception) -> None:
        """Do not ask again for a while; never, if the server does not know the question."""
        lasting = isinstance(error, Refused) and error.status in HAS_NOT
        self._asked_again = math.inf if lasting else time.monotonic() + PAUSE_SECONDS


class OpenAIChat:
    """A chat model behind `base_url` (…/v1).

    Args:
        model: name to ask for; empty takes the first that the server lists.
    """

    def __init__(self, base_url: str, api_key: str = "", model: str = "") -> None:
        self._base = base_url.rstrip("/")
        self._root = self._base.removesuffix("/v1")
        self._model = self._asked_for = model
        self._headers = {"Content-Type": "application/json"}
        self.key = api_key
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._http = urllib3.PoolManager(maxsize=128, retries=False, timeout=timeout)
        self._tokenizer, self._properties = _Question(), _Question()
        self._context_tokens: int | None = None
        # Until when what the server said of its model counts: another one may be loaded there.
        self._counts_until = 0.0
        self.pace = Pace()

    def stream(self, turns: list[Turn], parameters: dict[str, Any], seconds: float = READ_SECONDS) -> Iterator[Piece]:
        """See `ChatModel`; the first piece may take so many `seconds`, tries that failed included."""
        retries = Retries(seconds)
        while True:
            has_begun = False
            try:
                for piece in self._stream(turns, parameters, seconds):
                    has_begun = has_begun or piece != Piece(model=piece.model)
                    yield piece
                return
            except ModelError as error:
                if has_begun:
                    raise
                retries.wait(error)

    def _stream(self, turns: list[Turn], parameters: dict[str, Any], seconds: float) -> Iterator[Piece]:
        body = parameters | {
            "model": self.model(),
            "messages": turns,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        response = self._open("/chat/completions", body, seconds)
        finished, length = False, 0
        try:
            for value in itertools.chain.from_iterable(streamed(response, self.pace, self.key)):
                piece = Piece(finish_reason=None if finished else "stop") if value == DONE else _piece(_loads(value))
                finished, length = finished or piece.finish_reason is not None, length + len(piece.text)
                yield piece
                if value == DONE:
                    break
                if length > bounds.MOST_TEXT:
                    yield Piece(finish_reason="length")
                    return
        finally:
            response.close()  # not back to the pool: closing is what tells the server to stop generating
        if not finished:
            raise broken_off()

    def count_tokens(self, turns: list[Turn]) -> int:
        if self._tokenizer.is_open:
            try:
                prompt = self._post(f"{self._root}/apply-template", {"messages": turns})["prompt"]
                return len(self._post(f"{self._root}/tokenize", {"content": prompt, "add_special": True})["tokens"])
            except (ModelError, KeyError, TypeError) as error:
                self._tokenizer.failed(error)
        return sum(len(str(t.get("content") or "").encode()) // BYTES_A_TOKEN + TOKENS_A_TURN for t in turns)

    def context_tokens(self) -> int | None:
        self._forget_old()
        if self._context_tokens is None and self._properties.is_open:
            try:
                properties = self._get(f"{self._root}/props")
                self._context_tokens = int(properties["default_generation_settings"]["n_ctx"])
            except (ModelError, KeyError, TypeError, ValueError) as error:
                self._properties.failed(error)
        return self._context_tokens

    def _forget_old(self) -> None:
        if not self._asked_for and time.monotonic() > self._counts_until:
            self._model, self._context_tokens = "", None
            self._counts_until = time.monotonic() + KEPT_SECONDS

    def model(self) -> str:
        """The model's name, asked from the server when none was given.

        Raises:
            ModelError: the server cannot be reached or lists none.
        """
        self._forget_old()
        if not self._model:
            try:
                self._model = str(self._get(f"{self._base}/models")["data"][0]["id"])
            except (KeyError, IndexError, TypeError) as error:
                raise ModelError("The model server offers no model.", "PV.MODEL.NONE") from error
        return self._model

    def open(self, body: dict[str, Any], seconds: float = READ_SECONDS) -> BaseHTTPResponse:
        """The response to a request of somebody else's making; only the model's name is ours. Raises as `stream` does."""
        return self._open("/chat/completions", body | {"model": self.model()}, seconds)

    def _open(self, path: str, body: dict[str, Any], seconds: float = READ_SECONDS) -> BaseHTTPResponse:
        """The response to a request that streams.

        Raises:
            Passing: the server is not there, or too busy.
            Refused: it does not want this request.
        """
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=max(seconds, READ_SECONDS))
        try:
            response = self._request("POST", self._base + path, body, timeout=timeout)
        except HTTPError as error:
            raise Passing("The model server cannot be reached.", "PV.MODEL.UNREACHABLE") from error
        if response.status != 200:
            raise _refusal(response, self.key)
        return response

    def _request(self, method: str, url: str, body: dict[str, Any] | None, **more: Any) -> BaseHTTPResponse:
        try:
            data = orjson.dumps(body) if body is not None else None
        except TypeError as error:
            raise ModelError("The request has JSON that is nested too deeply.", "PV.MODEL.REQUEST") from error
        more |= {"headers": self._headers, "preload_content": False, "redirect": False}  # the key goes nowhere else
        return self._http.request(method, url, body=data, **more)

    def _get(self, url: str) -> dict[str, Any]:
        return self._json(url, "GET", None)

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json(url, "POST", body)

    def _json(self, url: str, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            response = self._request(method, url, body, timeout=QUESTION_SECONDS)
            if response.status != 200:
                raise _refusal(response, self.key)
            answer = orjson.loads(bounds.whole(response, self.key))
            response.release_conn()
        except (HTTPError, orjson.JSONDecodeError) as error:
            raise Passing("The model server cannot be reached.", "PV.MODEL.UNREACHABLE") from error
        if not isinstance(answer, dict):
            raise ModelError("The model server answered something that is not an object.")
        return answer


def _loads(value: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ModelError("The model server sent something that is not JSON.") from error
    if not isinstance(event, dict):
        raise ModelError("The model server sent something that is not an object.")
    if event.get("error"):
        raise ModelError(_said(event))
    return event


def _piece(event: dict[str, Any]) -> Piece:
    """What an event says; whatever has not the shape that it should have says nothing."""
    choices = event.get("choices")
    choice = _dict(choices[0]) if isinstance(choices, list) and choices else {}
    delta = _dict(choice.get("delta"))
    calls = delta.get("tool_calls")
    return Piece(
        _text(delta.get("content")),
        _text(choice.get("finish_reason")) or None,
        _usage(event.get("usage")),
        _text(event.get("model")) or None,
        [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) and calls else None,
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """A string, or the text of OpenAI's list of parts, without NUL, which PostgreSQL cannot keep."""
    if isinstance(value, list):
        return "".join(_text(_dict(part).get("text")) for part in value)
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _usage(value: Any) -> dict[str, Any] | None:
    """The counts in it."""
    return {_text(name): count for name, count in _dict(value).items() if type(count) is int and count >= 0} or None


def _refusal(response: BaseHTTPResponse, key: str) -> ModelError:
    """The server answered with another status than 200."""
    try:
        body = orjson.loads(bounds.whole(response, key))
    except (orjson.JSONDecodeError, HTTPError, ModelError):
        body = None
    finally:
        response.close()
    if response.status in PASSING:
        return Busy(response.status, _said(body), retry_after(response.headers.get("Retry-After")))
    return Refused(response.status, _said(body))


def _said(body: Any) -> str:
    """The words of an error in OpenAI's shape, kept short."""
    error = body.get("error") if isinstance(body, dict) else None
    text = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(text or "no reason given").split())[:300]
