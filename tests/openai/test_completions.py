"""/v1 over plain HTTP: shapes, refusals, the queue, and clients that go away."""

from __future__ import annotations

import json
import time

import pytest

from bench.mock_openai import answer
from tests.openai.asking import Asker, text, values
from tests.servers import Stack, Visitor, wait_for

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,x"}}


def test_models_are_listed(asker: Asker) -> None:
    listed = asker.open("GET", "/models").json()
    assert listed["object"] == "list"
    owners = {card["id"]: card["owned_by"] for card in listed["data"]}
    assert owners["palaver"] == "assistant" and "local" in owners
    assert all(set(card) == {"id", "object", "created", "owned_by"} for card in listed["data"])
    assert asker.open("GET", "/models/Local").json() == listed["data"][0]
    missing = asker.open("GET", "/models/gpt-9")
    assert missing.status == 404 and asker.refusal(missing)["code"] == "model_not_found"


def test_an_answer_at_once(asker: Asker) -> None:
    said = asker.ask("pieces=4").json()
    assert said["object"] == "chat.completion" and said["model"] == "local" and said["id"].startswith("chatcmpl-")
    [choice] = said["choices"]
    assert choice["message"] == {"role": "assistant", "content": answer(4)} and choice["finish_reason"] == "stop"
    assert said["usage"] == {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5} and "warnings" not in said


def test_an_answer_piece_by_piece(asker: Asker) -> None:
    chunks = asker.stream("pieces=50", stream_options={"include_usage": True})
    assert text(chunks) == answer(50)
    assert {(c["object"], c["model"], c["id"]) for c in chunks} == {("chat.completion.chunk", "local", chunks[0]["id"])}
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] == 50
    assert all(c["usage"] is None for c in chunks[:-1])
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert all("usage" not in c for c in asker.stream("pieces=2"))


def test_what_is_passed_on_and_what_is_ignored(asker: Asker) -> None:
    more = {
        "temperature": 0.5, "top_p": 1, "stop": "END", "seed": 7, "presence_penalty": 0, "frequency_penalty": -1.5,
        "logit_bias": {"5": 1}, "max_completion_tokens": 9, "response_format": {"type": "json_object"}, "n": 1,
        "parallel_tool_calls": True, "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto",
        "store": False, "user": "u", "prediction": {}, "metadata": {"a": "b"},
    }  # fmt: skip
    said = asker.ask("echo=1", **more).json()
    sent = json.loads(said["choices"][0]["message"]["content"])
    ignored = {"store", "user", "prediction", "metadata", "n", "max_completion_tokens", "stop"}
    assert {k: v for k, v in sent.items() if k in more} == {k: v for k, v in more.items() if k not in ignored} | {
        "stop": ["END"]
    }
    assert sent["max_tokens"] == 9 and sent["model"] == "mock"
    assert said["warnings"] == [f"{name} is ignored by this server." for name in ("metadata.a", "prediction", "user")]
    first, *others = asker.stream("pieces=2", user="u")
    assert first["warnings"] == ["user is ignored by this server."] and not any("warnings" in c for c in others)


def test_roles_parts_and_an_assistant(asker: Asker, stack: Stack) -> None:
    turns = [
        {"role": "developer", "content": "be brief"}, {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "7"}, {"role": "user", "content": "echo=1"},
    ]  # fmt: skip
    sent = json.loads(asker.ask(messages=turns).json()["choices"][0]["message"]["content"])
    assert sent["messages"] == ["system", "user", "assistant", "tool", "user"]
    stack.database.query("update palaver.assistants set system_prompt = 'You are Palaver.', temperature = 0.25")
    said = asker.ask("echo=1", model="Palaver").json()
    sent = json.loads(said["choices"][0]["message"]["content"])
    assert said["model"] == "palaver" and sent["messages"] == ["system", "user"] and sent["temperature"] == 0.25


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"messages": []}, "messages"), ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"), ({"messages": [7]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"), ({"n": 2}, "n"),
        ({"temperature": "hot"}, "temperature"), ({"temperature": 2.5}, "temperature"), ({"max_tokens": 1.5}, "max_tokens"),
        ({"stop": ["a"] * 5}, "stop"), ({"stream": "yes"}, "stream"), ({"model": None}, "model"), ({"seed": True}, "seed"),
        ({"logit_bias": {"1": "x"}}, "logit_bias[1]"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"metadata": {"palaver": "x"}}, "metadata.palaver"), ({"metadata": {"palaver": {}}}, "metadata.palaver"),
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "messages[0].content"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(asker: Asker, wrong: dict[str, object], param: str) -> None:
    refused = asker.ask(**wrong)
    assert refused.status == 400, refused.data
    error = asker.refusal(refused)
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


@pytest.mark.parametrize("streamed", [False, True])
def test_json_that_is_nested_too_deeply_is_refused(asker: Asker, streamed: bool) -> None:
    choice: dict[str, object] = {"type": "function"}
    for _ in range(300):
        choice = {"a": choice}
    answer = asker.ask("hello", stream=streamed, tool_choice=choice)
    assert answer.status == 400 and "nested" in asker.refusal(answer)["message"]


def test_everything_below_v1_refuses_in_openais_shape(asker: Asker, stack: Stack, anna: Visitor) -> None:
    def refusal(status: int, method: str, path: str, body: object = None, **more: object) -> dict[str, object]:
        refused = asker.open(method, path, body, **more)
        assert refused.status == status, (refused.status, refused.data)
        return asker.refusal(refused)

    assert refusal(401, "GET", "/models", headers={"Authorization": "Bearer pv_wrong"})["code"] == "invalid_api_key"
    assert refusal(401, "GET", "/models", headers={"Authorization": ""})["code"] == "missing_api_key"
    reader = anna.ok("POST", "/api/auth/keys", {"name": "reader", "scopes": ["read"]})["token"]
    refused = refusal(403, "POST", "/chat/completions", {}, headers={"Authorization": f"Bearer {reader}"})
    assert refused["type"] == "permission_error" and "`v1`" in str(refused["message"])
    assert refusal(404, "POST", "/chat/completions", {"model": "gpt-9", "messages": [{"role": "user", "content": "x"}]}) == {
        "message": "The model `gpt-9` does not exist or cannot be asked; GET /v1/models lists those that can.",
        "type": "invalid_request_error", "param": "model", "code": "model_not_found",
    }  # fmt: skip
    for path in ("/embeddings", "/images/generations", "/responses", "/x"):
        assert f"/v1{path}" in str(refusal(404, "POST", path, {"model": "local"})["message"])
    assert asker.open("DELETE", "/chat/completions").headers["allow"] and refusal(405, "DELETE", "/chat/completions")
    assert refusal(415, "POST", "/chat/completions", b"{}", headers={"Content-Type": "text/plain"})
    assert refusal(400, "POST", "/chat/completions", b"{", headers={"Content-Type": "application/json"})
    assert refusal(413, "POST", "/chat/completions", {"model": "x" * 1_100_000})


def test_a_session_may_ask_with_its_token(asker: Asker, anna: Visitor) -> None:
    body = {"model": "local", "messages": [{"role": "user", "content": "pieces=1"}]}
    assert anna.ok("POST", "/v1/chat/completions", body)["choices"][0]["message"]["content"] == answer(1)
    without = anna.http.request(
        "POST", f"{asker.base_url}/chat/completions", json=body, headers={"Cookie": anna.cookie()}
    )
    assert without.status == 403 and asker.refusal(without)


@pytest.mark.parametrize("streamed", [False, True])
def test_failures_of_the_model(asker: Asker, streamed: bool) -> None:
    for told, status in ((400, 400), (404, 502), (500, 502), (401, 502)):
        refused = asker.ask(f"fail={told}", stream=streamed)
        assert refused.status == status and "told to fail" in asker.refusal(refused)["message"]


def test_a_failure_in_the_middle_is_the_last_word(asker: Asker) -> None:
    said = asker.ask("pieces=9 drop=4", stream=True)
    *chunks, last = [json.loads(value) for value in values(said.data)]
    assert text(chunks) == answer(4) and set(last["error"]) == {"message", "type", "param", "code"}
    assert last["error"]["type"] == "server_error"


def test_a_busy_model_is_429_with_the_place(asker: Asker, stack: Stack) -> None:
    stack.database.query("update palaver.providers set max_concurrent = 1")
    try:
        first = asker.raw({"messages": [{"role": "user", "content": "hang=1"}], "stream": True})
        wait_for(lambda: stack.database.query("select count(*) from palaver.jobs where lease is not null") == [(1,)])
        for streamed in (False, True):
            refused = asker.ask("pieces=1", stream=streamed)
            assert refused.status == 429 and asker.refusal(refused)["code"] == "rate_limit_exceeded"
            assert refused.headers["x-queue-position"] == "1" and int(refused.headers["retry-after"]) >= 1
        first.close()
        assert asker.ask("pieces=1").status == 200
    finally:
        stack.database.query("update palaver.providers set max_concurrent = null")


@pytest.mark.parametrize("body", ["hang=1", "pieces=1000 delay=100"])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_that_goes_reaches_the_model(asker: Asker, stack: Stack, body: str, streamed: bool) -> None:
    before = stack.model_stats()
    sock = asker.raw({"messages": [{"role": "user", "content": body}], "stream": streamed})
    wait_for(lambda: stack.model_stats()["requests"] > before["requests"])
    time.sleep(0.2)
    sock.close()
    wait_for(lambda: stack.model_stats()["disconnected"] > before["disconnected"])
    wait_for(lambda: stack.database.query("select count(*) from palaver.jobs") == [(0,)], what="a free place")
    after = stack.model_stats()
    assert (after["disconnected"], after["finished"]) == (before["disconnected"] + 1, before["finished"])


def test_what_it_used_is_counted_and_budgets_hold(asker: Asker, stack: Stack, anna: Visitor) -> None:
    def used() -> list[tuple[int, ...]]:
        return stack.database.query(
            "select sum(answers)::int, sum(input_tokens)::int, sum(output_tokens)::int from (select * from palaver.usage"
            " union all select * from palaver.usage_entries) as all_of_it where kind = 'completion'"
        )

    before = used()[0]
    asker.ask("pieces=4")
    asker.stream("pieces=5")
    after = tuple(n + more for n, more in zip(before, (2, 2, 9), strict=True))
    wait_for(lambda: used() == [after], what=f"the usage {after}")
    stack.database.query("insert into palaver.budgets (unit, period, amount) values ('answers', 'day', 1)")
    try:
        for streamed in (False, True):
            refused = asker.ask("pieces=1", stream=streamed)
            assert refused.status == 429 and int(refused.headers["retry-after"]) > 0
            error = asker.refusal(refused)
            assert error["code"] == error["type"] == "insufficient_quota", error
    finally:
        stack.database.query("delete from palaver.budgets")
    assert asker.ask("pieces=1").status == 200
