"""A server of models that says too much, or the wrong thing: it takes nobody's memory, and tells nobody its key."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.adapters.llm import ModelError, bounds, probe
from app.adapters.llm.openai import OpenAIChat
from app.adapters.llm.relay import Relay
from app.services.chunks import Chunks
from tests.adapters.test_openai import Scripted, data, said, server, text

__all__ = ["server"]
KEY = "sk-a-secret-of-ours"
PATH = "/v1/chat/completions"


@pytest.fixture
def chat(server: Scripted) -> Any:
    made = OpenAIChat(server.url, KEY, "m")
    yield made
    made._http.clear()


def test_a_line_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_LINE_BYTES", 10)
    parts = [b"data: a\nda", b"ta: b\ndata: ", b"", b"never read"]
    assert list(bounds.values(iter(parts).__next__, "")) == [[b"a"], [b"b"], [b""]]
    parts = [b"data: a\ndata: ", b"12345", b"67890"]
    with pytest.raises(ModelError, match="too long"):
        list(bounds.values(iter(parts).__next__, ""))


def test_an_answer_ends_where_a_message_is_full(
    server: Scripted, chat: OpenAIChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_TEXT", 10)
    pieces = said(server, chat, *[data("abcd")] * 50, data(finish_reason="stop"), b"")
    assert text(pieces) == "abcd" * 3 and pieces[-1].finish_reason == "length"


def test_an_answer_that_is_not_streamed_has_a_size(
    server: Scripted, chat: OpenAIChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.say(PATH, (200, {"a": "x" * 100}))
    relay = Relay(chat, {}, 1)
    relay.open()
    assert relay.whole() == {"a": "x" * 100}
    monkeypatch.setattr(bounds, "MOST_WHOLE_BYTES", 50)
    relay.open()
    with pytest.raises(ModelError, match="too long"):
        relay.whole()


def test_errors_do_not_repeat_the_key(server: Scripted, chat: OpenAIChat) -> None:
    wrong = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
    for answer in ((401, orjson.dumps(wrong)), (200, b"data: " + orjson.dumps(wrong))):
        server.say(PATH, answer)
        with pytest.raises(ModelError, match="Incorrect API key provided: …") as caught:
            list(chat.stream([], {}))
        assert KEY not in str(caught.value)
    relay = Relay(chat, {}, 1)
    relay.open()
    with pytest.raises(ModelError, match="Incorrect API key provided: …"):
        Chunks("m", [], False).take(next(relay.values()))
    server.say("/v1/models", (401, wrong))
    with pytest.raises(probe.ProbeError, match="Incorrect API key provided: …"):
        probe.look(server.url, KEY)
    assert bounds.without("EMPTY", b'{"content":"EMPTY"}') == b'{"content":"EMPTY"}'


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_goes_where_it_was_entered_for_and_nowhere_else(
    server: Scripted, chat: OpenAIChat, status: int
) -> None:
    server.headers["Location"] = "/elsewhere"
    server.say(PATH, (status, b""))
    with pytest.raises(ModelError, match=str(status)):
        list(chat.stream([], {}))
    assert server.asked == [PATH]


def test_json_that_can_be_read_but_not_written(server: Scripted, chat: OpenAIChat) -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(ModelError, match="nested") as caught:
        chat.open({"tools": deep})
    assert caught.value.code == "PV.MODEL.REQUEST" and server.asked == []
    with pytest.raises(ModelError, match="nested"):
        Chunks("m", [], False).take([b'{"choices": [{"delta": {"x": ' + b"[" * 300 + b"]" * 300 + b"}}]}"])


def test_counts_are_counts(server: Scripted, chat: OpenAIChat) -> None:
    odd = {"prompt_tokens": -5, "completion_tokens": True, "total_tokens": 1.5, "cached": 3}
    assert said(server, chat, data("a", finish_reason="stop", usage=odd), b"")[0].usage == {"cached": 3}
