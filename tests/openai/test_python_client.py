"""OpenAI's own Python package against /v1: every row of the table in docs/openai.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from bench.mock_openai import answer
from tests.openai.asking import Asker
from tests.openai.table import rows
from tests.servers import Stack, Visitor, wait_for

TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def turn(content: str) -> list[Any]:
    return [{"role": "user", "content": content}]


class Scene:
    """A client, and what it is held against."""

    def __init__(self, client: openai.OpenAI, asker: Asker, anna: Visitor, stack: Stack) -> None:
        self.client, self.asker, self.anna, self.stack = client, asker, anna, stack
        self.create: Any = client.chat.completions.create

    def ask(self, content: str, **more: Any) -> Any:
        return self.create(**{"model": "local", "messages": turn(content)} | more)


@pytest.fixture
def scene(asker: Asker, anna: Visitor, stack: Stack) -> Iterator[Scene]:
    with made(asker) as client:
        yield Scene(client, asker, anna, stack)


def made(asker: Asker, token: str = "", **more: Any) -> openai.OpenAI:
    http = openai.DefaultHttpxClient(trust_env=False)
    return openai.OpenAI(
        base_url=asker.base_url, api_key=token or asker.token, http_client=http, **{"max_retries": 0} | more
    )


def list_models(s: Scene) -> None:
    assert {"local", "palaver"} <= {model.id for model in s.client.models.list()}


def retrieve_model(s: Scene) -> None:
    model = s.client.models.retrieve("local")
    assert (model.id, model.object) == ("local", "model") and model.created > 0


def create(s: Scene) -> None:
    said = s.ask("pieces=4")
    assert said.choices[0].message.content == answer(4) and said.choices[0].finish_reason == "stop"
    assert said.usage.completion_tokens == 4 and said.model == "local"


def create_streamed(s: Scene) -> None:
    with s.ask("pieces=20", stream=True) as stream:
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == answer(20)


def streamed_with_usage(s: Scene) -> None:
    *chunks, last = s.ask("pieces=5", stream=True, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.completion_tokens == 5 and len(chunks) == 6


def parameters(s: Scene) -> None:
    said = s.ask("echo=1", stop=["a", "b"], temperature=0.1, top_p=0.9, seed=3, max_completion_tokens=50, user="u")
    sent = json.loads(said.choices[0].message.content)
    assert sent["stop"] == ["a", "b"] and (sent["temperature"], sent["seed"], sent["max_tokens"]) == (0.1, 3, 50)
    assert said.warnings == ["user is ignored by this server."]


def tools(s: Scene) -> None:
    said = s.ask("call=1", tools=[TOOL]).choices[0]
    [call] = said.message.tool_calls
    assert said.finish_reason == "tool_calls" and call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "Oslo"}
    turns = [*turn("call=1"), said.message, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    assert s.ask("", messages=turns, tools=[TOOL]).choices[0].message.content == "The tool said: rain"


def json_format(s: Scene) -> None:
    said = s.ask("echo=1", response_format={"type": "json_object"})
    assert json.loads(said.choices[0].message.content)["response_format"] == {"type": "json_object"}


def parse(s: Scene) -> None:
    class Echo(BaseModel):
        model: str
        stream: bool

    parsed = s.client.chat.completions.parse(model="local", messages=turn("echo=1"), response_format=Echo)
    assert parsed.choices[0].message.parsed == Echo(model="mock", stream=False)


def stream_helper(s: Scene) -> None:
    with s.client.chat.completions.stream(model="local", messages=turn("call=1"), tools=[TOOL]) as stream:  # type: ignore[list-item]
        kinds = {event.type for event in stream}
        message: Any = stream.get_final_completion().choices[0].message
    assert {"chunk", "tool_calls.function.arguments.done"} <= kinds
    assert json.loads(message.tool_calls[0].function.arguments) == {"city": "Oslo"}


def raw_response(s: Scene) -> None:
    raw = s.client.chat.completions.with_raw_response.create(model="local", messages=turn("pieces=2"))
    assert raw.headers["x-request-id"] and raw.parse().choices[0].message.content == answer(2)


def asynchronous(s: Scene) -> None:
    async def ask() -> list[str]:
        http = openai.DefaultAsyncHttpxClient(trust_env=False)
        async with openai.AsyncOpenAI(base_url=s.asker.base_url, api_key=s.asker.token, http_client=http) as client:
            create: Any = client.chat.completions.create

            async def one(pieces: int) -> str:
                stream = await create(model="local", messages=turn(f"pieces={pieces}"), stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            return await asyncio.gather(one(3), one(30))

    with ThreadPoolExecutor(1) as own:  # the tests of a browser may have left a loop in this thread
        assert own.submit(asyncio.run, ask()).result() == [answer(3), answer(30)]


def in_a_thread(s: Scene) -> None:
    place = json.dumps({"conversation_id": s.anna.converse()})
    said = s.ask("pieces=3", metadata={"palaver": place})
    where = said.metadata["palaver"]
    assert said.choices[0].message.content == answer(3) == s.anna.tree(where["root_id"])[-1]["content"]


def abort(s: Scene) -> None:
    before = s.stack.model_stats()["disconnected"]
    stream = s.ask("pieces=1000 delay=50", stream=True)
    next(stream)
    stream.close()
    wait_for(lambda: s.stack.model_stats()["disconnected"] > before, what="the model seeing it")


def timeout(s: Scene) -> None:
    with made(s.asker, timeout=0.5) as client, pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="local", messages=turn("hang=1"))


def wrong_key(s: Scene) -> None:
    with made(s.asker, "pv_wrong") as client, pytest.raises(openai.AuthenticationError) as raised:
        client.models.list()
    assert raised.value.code == "invalid_api_key"


def unknown_model(s: Scene) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        s.ask("hello", model="gpt-9")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def bad_parameter(s: Scene) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        s.ask("hello", temperature=9)
    assert raised.value.param == "temperature"


def over_budget(s: Scene) -> None:
    s.stack.database.query("insert into palaver.budgets (unit, period, amount) values ('answers', 'day', 0)")
    try:
        with pytest.raises(openai.RateLimitError) as raised:
            s.ask("pieces=1")
        assert raised.value.code == "insufficient_quota"
    finally:
        s.stack.database.query("delete from palaver.budgets")


def model_fails(s: Scene) -> None:
    with pytest.raises(openai.InternalServerError) as raised:
        s.ask("fail=500")
    assert raised.value.status_code == 502
    with pytest.raises(openai.APIError, match="broke off"):
        list(s.ask("pieces=9 drop=3", stream=True))


def not_here(call: Callable[[openai.OpenAI], object]) -> Callable[[Scene], None]:
    def ask(s: Scene) -> None:
        with pytest.raises(openai.NotFoundError, match=r"There is no (POST|GET) /v1/"):
            call(s.client)

    return ask


CALLS: dict[str, Callable[[Scene], None]] = {
    "models.list": list_models, "models.retrieve": retrieve_model, "chat.completions.create": create,
    "chat.completions.create, streamed": create_streamed, "chat.completions.create, streamed with usage": streamed_with_usage,
    "stop, temperature, top_p, seed, token limits": parameters, "tools, with their results": tools,
    "response_format": json_format, "chat.completions.parse": parse, "chat.completions.stream": stream_helper,
    "raw responses": raw_response, "the asynchronous client": asynchronous, "metadata.palaver: in a thread": in_a_thread,
    "ending a stream early": abort, "time-outs": timeout, "a wrong key": wrong_key, "an unknown model": unknown_model,
    "a parameter that cannot be": bad_parameter, "a budget that is used up": over_budget, "a model that fails": model_fails,
    "embeddings.create": not_here(lambda c: c.embeddings.create(model="local", input="x")),
    "responses.create": not_here(lambda c: c.responses.create(model="local", input="x")),
    "completions.create": not_here(lambda c: c.completions.create(model="local", prompt="x")),
    "images.generate": not_here(lambda c: c.images.generate(model="local", prompt="x")),
    "audio.speech.create": not_here(lambda c: c.audio.speech.create(model="local", input="x", voice="alloy")),
    "moderations.create": not_here(lambda c: c.moderations.create(model="local", input="x")),
    "files.list": not_here(lambda c: c.files.list()),
    "batches.list": not_here(lambda c: c.batches.list()),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_call_does_what_the_table_says(scene: Scene, call: str) -> None:
    CALLS[call](scene)
    wait_for(lambda: scene.stack.database.query("select count(*) from palaver.jobs") == [(0,)], what="a free place")
    assert scene.ask("pieces=1").choices[0].message.content == answer(1)  # whatever it was, the next one is answered


def test_the_table_has_every_call() -> None:
    assert {call for call, said in rows("Python").items() if said} == set(CALLS)
