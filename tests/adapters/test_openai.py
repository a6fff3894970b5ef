"""What servers say that is not quite what the protocol says."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

from app.adapters.llm import ModelError, Piece, openai, retries
from app.adapters.llm.openai import OpenAIChat, Refused
from tests.servers import free_port

TURNS = [{"role": "user", "content": "hello"}]


class Scripted:
    """A server that gives the answers it was told to, by path; the last one of a path stays.

    Attributes:
        asked: the paths of all requests.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def say(self, path: str, *answers: tuple[int, Any]) -> None:
        self.answers[path] = [(s, body if isinstance(body, bytes) else orjson.dumps(body)) for s, body in answers]

    def next(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        left = self.answers.get(path, [(404, b"{}")])
        return left.pop(0) if len(left) > 1 else left[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, body = server.next(self.path)
                if status == 0:  # hang up
                    return
                self.send_response(status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.end_headers()  # HTTP/1.0: the answer ends with the connection
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    thread = Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


@pytest.fixture
def chat(server: Scripted) -> Iterator[OpenAIChat]:
    made = OpenAIChat(server.url, model="m")
    yield made
    made._http.clear()


def said(server: Scripted, chat: OpenAIChat, *lines: bytes) -> list[Piece]:
    server.say("/v1/chat/completions", (200, b"\n".join(lines)))
    return list(chat.stream(TURNS, {"max_tokens": 10}))


def data(content: Any = None, **more: Any) -> bytes:
    choice = {"delta": {"content": content}, "finish_reason": more.pop("finish_reason", None)}
    return b"data: " + orjson.dumps({"choices": [choice]} | more)


def text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


@pytest.mark.parametrize(
    "lines",
    [
        (data("a"), data("b", finish_reason="stop"), b"data: [DONE]", b""),
        (data("a"), data("b"), b"data: [DONE]", b""),
        (data("a"), data("b"), b"data: [DONE]"),
        (data("a"), data("b", finish_reason="stop")),
        (b": comment", data("a") + b"\r", b"\r", data("b") + b"\r", b"data:[DONE]\r"),
    ],
    ids=["whole", "no reason", "no end of line", "reason without end of line", "CRLF"],
)
def test_ordinary_ends(server: Scripted, chat: OpenAIChat, lines: tuple[bytes, ...]) -> None:
    pieces = said(server, chat, *lines)
    assert text(pieces) == "ab"
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == ["stop"]


def test_a_stream_that_only_stops_has_broken_off(server: Scripted, chat: OpenAIChat) -> None:
    with pytest.raises(ModelError, match="broke off"):
        said(server, chat, data("a"), data("b"), b"")


@pytest.mark.parametrize("value", [b"5", b"[]", b"null", b'"x"', b"{", b'{"error": {"message": "no\\u0000 room"}}'])
def test_what_is_not_an_event_is_an_error_of_the_model(server: Scripted, chat: OpenAIChat, value: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        said(server, chat, data("a"), b"data: " + value, b"")
    assert "\x00" not in str(caught.value)


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": 5}, {"choices": [None]}, {"choices": [{"delta": [1]}]}, {"choices": [{"delta": {"content": 7}}]},
        {"choices": []}, {}, {"usage": [1], "model": 3}, {"error": None}, {"choices": [{"finish_reason": {}}]},
    ],
)  # fmt: skip
def test_odd_events_say_nothing(server: Scripted, chat: OpenAIChat, odd: dict[str, Any]) -> None:
    pieces = said(server, chat, b"data: " + orjson.dumps(odd), data("a", finish_reason="length"), b"")
    assert pieces[0] == Piece() and text(pieces) == "a" and pieces[1].finish_reason == "length"


def test_parts_usage_and_nul(server: Scripted, chat: OpenAIChat) -> None:
    parts = [{"type": "text", "text": "a\x00"}, {"type": "image"}, 3, {"text": "b"}]
    usage = {"total_tokens": 3, "details": {"x": 1}, "note": "\x00"}
    [piece] = said(server, chat, data(parts, finish_reason="stop", usage=usage, model="m\x00"), b"")
    assert piece == Piece("ab", "stop", {"total_tokens": 3}, "m")


def test_the_tokenizer_is_asked_again_after_a_failure(
    server: Scripted, chat: OpenAIChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.say("/apply-template", (503, {}), (200, {"prompt": "p"}))
    server.say("/tokenize", (200, {"tokens": list(range(42))}))
    server.say("/props", (503, {}), (200, {"default_generation_settings": {"n_ctx": 99}}))
    assert chat.count_tokens(TURNS) != 42 and chat.context_tokens() is None
    assert chat.count_tokens(TURNS) != 42 and chat.context_tokens() is None
    assert server.asked == ["/apply-template", "/props"]  # one answer asks often: not a server that is just away
    later = openai.time.monotonic() + openai.PAUSE_SECONDS
    monkeypatch.setattr(openai.time, "monotonic", lambda: later)
    assert chat.count_tokens(TURNS) == 42 and chat.context_tokens() == 99


@pytest.mark.parametrize("status", openai.HAS_NOT)
def test_a_server_without_a_tokenizer_is_asked_once(
    server: Scripted, chat: OpenAIChat, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server.say("/apply-template", (status, {}))
    server.say("/props", (status, {}))
    assert chat.count_tokens(TURNS) and chat.context_tokens() is None
    later = openai.time.monotonic() + 1e6
    monkeypatch.setattr(openai.time, "monotonic", lambda: later)
    assert chat.count_tokens(TURNS) and chat.context_tokens() is None
    assert server.asked == ["/apply-template", "/props"]


def test_the_guess_fits_languages_without_spaces(chat: OpenAIChat) -> None:
    def guess(content: str) -> int:
        return chat.count_tokens([{"role": "user", "content": content}]) - openai.TOKENS_A_TURN

    assert guess("日本語" * 100) == 300
    assert 100 <= guess("word " * 100) <= 200


@pytest.mark.parametrize("listed", [{}, {"data": None}, {"data": []}, {"data": ["x"]}, {"data": {}}])
def test_a_server_without_models(server: Scripted, listed: Any) -> None:
    server.say("/v1/models", (200, listed))
    with pytest.raises(ModelError, match="no model"):
        OpenAIChat(server.url).model()


CHAT = "/v1/chat/completions"
WHOLE = (200, data("a", finish_reason="stop") + b"\n")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause before another try was to be; nobody waits."""
    slept: list[float] = []
    monkeypatch.setattr(retries.time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize(
    "failure",
    [(429, {}), (502, {}), (503, {"error": {"message": "loading"}}), (504, b"<html>"), (0, b""), (200, b"data: {}\n")],
    ids=["busy", "bad gateway", "loading", "gateway time-out", "hung up", "broken off before the first piece"],
)
def test_what_passes_is_tried_again(
    server: Scripted, chat: OpenAIChat, pauses: list[float], failure: tuple[int, Any]
) -> None:
    server.say(CHAT, failure, failure, WHOLE)
    assert text(list(chat.stream(TURNS, {}))) == "a" and server.asked == [CHAT] * 3 and len(pauses) == 2
    server.say(CHAT, failure)
    server.asked.clear()
    with pytest.raises(ModelError):
        list(chat.stream(TURNS, {}))
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_what_lasts_is_not(server: Scripted, chat: OpenAIChat, pauses: list[float], status: int) -> None:
    server.say(CHAT, (status, {"error": "no"}), WHOLE)
    with pytest.raises(ModelError, match="refused"):
        list(chat.stream(TURNS, {}))
    assert server.asked == [CHAT] and not pauses


def test_a_refusal_says_what_helps() -> None:
    assert str(Refused(401, "no such key.")) == (
        "The model server refused (401): no such key. An administrator can enter its key anew under Models."
    )
    assert "name there" in str(Refused(404, "x")) and str(Refused(500, "x")).endswith(
        "x. Try again, or with another model."
    )
    assert str(Refused(400, "too long.")) == "The model server refused (400): too long."


def test_after_the_first_piece_nothing_is_tried_again(server: Scripted, chat: OpenAIChat, pauses: list[float]) -> None:
    server.say(CHAT, (200, data("a") + b"\n"), WHOLE)
    with pytest.raises(ModelError, match="broke off"):
        list(chat.stream(TURNS, {}))
    assert server.asked == [CHAT] and not pauses


def test_nobody_is_tried_again_after_the_time_for_the_first_piece(
    server: Scripted, chat: OpenAIChat, pauses: list[float]
) -> None:
    server.say(CHAT, (503, {}), WHOLE)
    with pytest.raises(ModelError, match="refused"):
        list(chat.stream(TURNS, {}, seconds=0.2))
    assert server.asked == [CHAT] and not pauses


def test_a_server_that_says_when_is_asked_then(server: Scripted, chat: OpenAIChat, pauses: list[float]) -> None:
    server.headers = {"Retry-After": "7"}
    server.say(CHAT, (429, {}), WHOLE)
    assert text(list(chat.stream(TURNS, {}))) == "a" and pauses == [7.0]
    server.headers = {"Retry-After": "3600"}
    server.say(CHAT, (429, {}), WHOLE)
    with pytest.raises(ModelError):
        list(chat.stream(TURNS, {}, seconds=7200))
    assert pauses == [7.0]
    assert retries.retry_after("Fri, 01 Jan 2100 00:00:00 GMT") > 1e9 and retries.retry_after("soon") is None


def test_a_server_that_is_not_there_is_asked_again(pauses: list[float]) -> None:
    for url in (f"http://127.0.0.1:{free_port()}/v1", "http://nowhere.invalid/v1"):
        with pytest.raises(ModelError, match="cannot be reached"):
            list(OpenAIChat(url, model="m").stream(TURNS, {}))
    assert len(pauses) == 6
