"""The OpenAI-compatible HTTP client: the local model server, Ollama, vLLM, llama.cpp, or a provider.

Counting tokens uses the server's own `/apply-template`, `/tokenize` and `/props` (llama.cpp) where they exist.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.response import BaseHTTPResponse

from app.adapters.llm import ModelError, Piece, Turn

CONNECT_SECONDS = 5.0
# Between two pieces; the whole answer has its own limit.
READ_SECONDS = 120.0
# A model server that is being restarted is back within seconds. Only before the first piece: later a retry would repeat.
RETRY_PAUSES = (0.3, 1.0, 3.0)
# Without a tokenizer: fewer characters a token than any common language has, so that the guess is never too low by much.
CHARACTERS_A_TOKEN = 3
TOKENS_A_TURN = 8


class OpenAIChat:
    """A chat model behind `base_url` (…/v1).

    Args:
        model: name to ask for; empty takes the first that the server lists.
    """

    def __init__(self, base_url: str, api_key: str = "", model: str = "") -> None:
        self._base = base_url.rstrip("/")
        self._root = self._base.removesuffix("/v1")
        self._model = model
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._http = urllib3.PoolManager(maxsize=128, retries=False, timeout=timeout)
        self._can_tokenize: bool | None = None
        self._context_tokens: int | None = None
        self._asked_context = False

    def stream(self, turns: list[Turn], max_tokens: int) -> Iterator[Piece]:
        body = {
            "model": self.model(),
            "messages": turns,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        response = self._open("/chat/completions", body)
        finished = False
        try:
            for event in _events(response):
                piece = _piece(event)
                finished = finished or piece.finish_reason is not None
                yield piece
        except HTTPError as error:
            raise ModelError(
                "The model server broke off in the middle of the answer.", "PV.MODEL.BROKEN_OFF"
            ) from error
        finally:
            response.close()  # not back to the pool: closing is what tells the server to stop generating
        if not finished:
            raise ModelError("The model server broke off in the middle of the answer.", "PV.MODEL.BROKEN_OFF")

    def count_tokens(self, turns: list[Turn]) -> int:
        if self._can_tokenize is not False:
            try:
                prompt = self._post(f"{self._root}/apply-template", {"messages": turns})["prompt"]
                tokens = self._post(f"{self._root}/tokenize", {"content": prompt, "add_special": True})["tokens"]
                self._can_tokenize = True
                return len(tokens)
            except (ModelError, KeyError, TypeError):
                self._can_tokenize = self._can_tokenize or False
        return sum(len(t["content"]) // CHARACTERS_A_TOKEN + TOKENS_A_TURN for t in turns)

    def context_tokens(self) -> int | None:
        if not self._asked_context:
            try:
                properties = self._get(f"{self._root}/props")
                self._context_tokens = int(properties["default_generation_settings"]["n_ctx"])
            except (ModelError, KeyError, TypeError, ValueError):
                self._context_tokens = None
            self._asked_context = True
        return self._context_tokens

    def model(self) -> str:
        """The model's name, asked from the server when none was given.

        Raises:
            ModelError: the server cannot be reached or lists none.
        """
        if not self._model:
            listed = self._get(f"{self._base}/models").get("data") or []
            if not listed:
                raise ModelError("The model server offers no model.", "PV.MODEL.NONE")
            self._model = listed[0]["id"]
        return self._model

    def _open(self, path: str, body: dict[str, Any]) -> BaseHTTPResponse:
        """The response to a request that streams, tried again while the server is not there."""
        for pause in (*RETRY_PAUSES, None):
            try:
                response = self._request("POST", self._base + path, body)
                if response.status == 200:
                    return response
                error = _refusal(response)
                if response.status != 503 or pause is None:
                    raise error
            except NewConnectionError as error_:
                if pause is None:
                    raise ModelError("The model server cannot be reached.", "PV.MODEL.UNREACHABLE") from error_
            except HTTPError as error_:
                raise ModelError("The model server does not answer.", "PV.MODEL.UNREACHABLE") from error_
            time.sleep(pause or 0)
        raise AssertionError("unreachable")

    def _request(self, method: str, url: str, body: dict[str, Any] | None) -> BaseHTTPResponse:
        data = orjson.dumps(body) if body is not None else None
        return self._http.request(method, url, body=data, headers=self._headers, preload_content=False)

    def _get(self, url: str) -> dict[str, Any]:
        return self._json(url, "GET", None)

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._json(url, "POST", body)

    def _json(self, url: str, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            response = self._request(method, url, body)
            if response.status != 200:
                raise _refusal(response)
            answer = orjson.loads(response.read())
            response.release_conn()
        except (HTTPError, orjson.JSONDecodeError) as error:
            raise ModelError("The model server cannot be reached.", "PV.MODEL.UNREACHABLE") from error
        if not isinstance(answer, dict):
            raise ModelError("The model server answered something that is not an object.")
        return answer


def _events(response: BaseHTTPResponse) -> Iterator[dict[str, Any]]:
    """The JSON of every `data:` line until `[DONE]` (or the end)."""
    rest = b""
    while data := response.read1(65_536):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                value = line[5:].strip()
                if value == b"[DONE]":
                    return
                yield _loads(value)


def _loads(value: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ModelError("The model server sent something that is not JSON.") from error
    if "error" in event:
        raise ModelError(_said(event))
    return event  # type: ignore[no-any-return]


def _piece(event: dict[str, Any]) -> Piece:
    choice = (event.get("choices") or [{}])[0]
    text = (choice.get("delta") or {}).get("content") or ""
    return Piece(text, choice.get("finish_reason"), event.get("usage"), event.get("model"))


def _refusal(response: BaseHTTPResponse) -> ModelError:
    try:
        body = orjson.loads(response.read())
    except (orjson.JSONDecodeError, HTTPError):
        body = None
    finally:
        response.close()
    return ModelError(f"The model server refused ({response.status}): {_said(body)}", "PV.MODEL.REFUSED")


def _said(body: Any) -> str:
    """The words of an error in OpenAI's shape, kept short."""
    error = body.get("error") if isinstance(body, dict) else None
    text = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(text or "no reason given").split())[:300]
