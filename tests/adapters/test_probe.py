"""What kind of server is there, and what is said when there is none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from app.adapters.llm import probe
from app.adapters.llm.probe import FoundModel, ProbeError
from tests.adapters.test_openai import Scripted
from tests.servers import free_port

ANSWER = {"choices": [{"message": {"role": "assistant", "content": "Yes"}, "finish_reason": "length"}]}


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    thread = Thread(target=made.http.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


def lists(*models: Any) -> tuple[int, Any]:
    return 200, {"object": "list", "data": [m if isinstance(m, dict) else {"id": m} for m in models]}


def refusal(url: str, key: str = "") -> str:
    with pytest.raises(ProbeError) as caught:
        probe.look(url, key)
    return str(caught.value)


def test_ollama_is_known_and_tells_contexts_and_capabilities(server: Scripted) -> None:
    server.say("/v1/models", lists("qwen3:8b", "llava", "tiny"))
    server.say("/api/version", (200, {"version": "0.12.3"}))
    server.say("/api/tags", (200, {"models": [{"name": "qwen3:8b"}, {"name": "llava"}, {"name": "tiny"}]}))
    server.say("/api/ps", (200, {"models": [{"name": "llava", "context_length": 16384}]}))
    server.say(
        "/api/show",
        (200, {"capabilities": ["completion", "tools", "thinking"], "parameters": "stop x\nnum_ctx 32768",
               "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960}}),
        (200, {"capabilities": ["completion", "vision"], "model_info": {"llama.context_length": 32768}}),
        (200, {"model_info": {"llama.context_length": 131072}}),
    )  # fmt: skip
    found = probe.look(server.url)
    assert (found.kind, found.version) == ("ollama", "0.12.3") and found.seconds >= 0
    assert found.models == (
        FoundModel("qwen3:8b", 32768, ("tools", "thinking")),
        FoundModel("llava", 16384, ("vision",)),
        FoundModel("tiny", 4096, ()),  # what Ollama serves by itself, whatever the model could
    )


def test_vllm_is_known(server: Scripted) -> None:
    server.say("/v1/models", lists({"id": "org/large", "owned_by": "vllm", "max_model_len": 16384}))
    server.say("/version", (200, {"version": "0.11.0"}))
    found = probe.look(server.url)
    assert (found.kind, found.version, found.models) == ("vllm", "0.11.0", (FoundModel("org/large", 16384),))


def test_llama_cpp_is_known(server: Scripted) -> None:
    server.say("/v1/models", lists({"id": "gemma", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}}))
    server.say("/props", (200, {"default_generation_settings": {"n_ctx": 8192}, "build_info": "b6000-abc",
                                "modalities": {"vision": True}, "chat_template": "{% if tools %}"}))  # fmt: skip
    found = probe.look(server.url)
    assert (found.kind, found.version) == ("llama.cpp", "b6000-abc")
    assert found.models == (FoundModel("gemma", 8192, ("tools", "vision")),)


def test_others_are_openai_compatible(server: Scripted) -> None:
    server.say("/v1/models", lists(
        "plain", {"id": "routed", "context_length": 200_000, "supported_parameters": ["tools", "reasoning"],
                  "architecture": {"input_modalities": ["text", "image"]}},
        {"id": "mist", "max_context_length": 32768, "capabilities": {"function_calling": True, "vision": False}},
        {"id": "odd", "context_length": "much", "capabilities": 7}, "x", 3, {"name": "no id"},
    ))  # fmt: skip
    found = probe.look(server.url + "/")
    assert found.kind == "openai" and found.models == (
        FoundModel("plain"), FoundModel("routed", 200_000, ("tools", "vision", "thinking")),
        FoundModel("mist", 32768, ("tools",)), FoundModel("odd"), FoundModel("x"),
    )  # fmt: skip


def test_a_token_is_asked_for(server: Scripted) -> None:
    server.say(
        "/v1/chat/completions", (200, ANSWER), (200, {"choices": []}), (404, {"error": {"message": "no such model"}})
    )
    assert probe.ask(server.url, "", "large") >= 0
    for told in ("not an answer", r"\(404\).* no such model"):
        with pytest.raises(ProbeError, match=told):
            probe.ask(server.url, "", "large")


def test_an_address_without_its_v1_is_corrected(server: Scripted) -> None:
    server.say("/v1/models", lists("a"))
    for answer in ((404, b"no"), (200, b"<html>")):  # the second is the page of a front end
        server.say("/models", answer)
        with pytest.raises(ProbeError) as caught:
            probe.look(server.url.removesuffix("/v1"))
        assert caught.value.suggestion == server.url and f"use {server.url}" in str(caught.value)


def test_what_is_wrong_is_said(server: Scripted) -> None:
    for answer, key, told in (
        ((401, {"error": {"message": "who are you"}}), "", "it wants a key. It says: who are you"),
        ((401, {"error": "bad"}), "sk-1", "the key is wrong. It says: bad"),
        ((403, b""), "sk-1", "may not do that"),
        ((404, b""), "", "usually ends in /v1"),
        ((302, b""), "", "sends us elsewhere"),
        ((500, {"detail": "out of memory"}), "", "(500). It says: out of memory"),
        ((200, b"<html>hello"), "", "not JSON"),
        ((200, {"hello": 1}), "", "no list of models"),
        ((0, b""), "", "broke off"),
    ):
        server.say("/v1/models", answer)
        assert told in refusal(server.url, key), answer
        assert "sk-1" not in refusal(server.url, key)


def test_who_cannot_be_reached_is_said(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nobody listens at 127.0.0.1:" in refusal(f"http://127.0.0.1:{free_port()}/v1")
    assert "no server called nowhere.invalid" in refusal("http://nowhere.invalid/v1")
    assert "use http://" in refusal(server.url.replace("http://", "https://"))
    assert "not an address" in refusal("http://[::1/v1")
    monkeypatch.setattr(probe, "LIST_SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "said nothing for 0.1 s" in refusal(f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
