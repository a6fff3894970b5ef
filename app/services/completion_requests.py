"""What the server of a model is sent for a request to /v1."""

from __future__ import annotations

from typing import Any

import orjson

from app.core.settings import Llm
from app.schemas.openai_turns import has_images, text_of
from app.services import chat_models

# Passed on as they are.
KEPT = (
    "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed", "presence_penalty",
    "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls",
    "response_format", "reasoning_effort",
)  # fmt: skip
# Known here, and without a consequence for the answer's text.
HEARD = ("model", "n", "stream", "stream_options", "metadata")
# These ask for nothing that is not so anyway.
HARMLESS: dict[str, tuple[Any, ...]] = {
    "store": (False,), "service_tier": ("auto", "default"), "modalities": (["text"],),
}  # fmt: skip
# A guess of the tokens of a prompt, as in app/adapters/llm/openai.py.
BYTES_A_TOKEN, TOKENS_A_TURN, TOKENS_AN_IMAGE = 3, 8, 800


def body_of(given: dict[str, Any], asked: dict[str, Any], config: Llm) -> dict[str, Any]:
    """The request to the model's server, without the model's name."""
    provider = asked["model"]["provider"]["kind"]
    wanted = {name: given[name] for name in KEPT if given.get(name) is not None}
    defaults = chat_models.parameters(asked, config)
    if provider != "openai":
        # What only OpenAI's own models call by the new names.
        if most := wanted.pop("max_completion_tokens", None):
            wanted["max_tokens"] = min(most, wanted.get("max_tokens", most))
        wanted["messages"] = [_plain(turn) for turn in wanted["messages"]]
    elif "max_completion_tokens" in wanted:
        defaults.pop("max_tokens", None)
    if prompt := (asked["assistant"] or {}).get("system_prompt"):
        wanted["messages"] = [{"role": "system", "content": prompt}, *wanted["messages"]]
    stream = {"stream": True, "stream_options": {"include_usage": True}} if given.get("stream") else {"stream": False}
    return defaults | wanted | stream


def _plain(turn: dict[str, Any]) -> dict[str, Any]:
    return turn | {"role": "system"} if turn["role"] == "developer" else turn


def warnings_of(given: dict[str, Any]) -> list[str]:
    """A sentence for everything in the request that has no effect."""
    ignored = [
        name for name, value in given.items()
        if name not in (*KEPT, *HEARD) and value is not None and value not in HARMLESS.get(name, ())
    ]  # fmt: skip
    ignored += [f"metadata.{name}" for name in given.get("metadata") or {} if name != "palaver"]
    ignored += [f"stream_options.{name}" for name in given.get("stream_options") or {} if name != "include_usage"]
    return [f"{name[:100]} is ignored by this server." for name in sorted(ignored)[:50]]


def warnings_in_thread(given: dict[str, Any]) -> list[str]:
    """The same for a request that asks in a thread, whose assistant has its own prompt, history and parameters."""
    ignored = [name for name in KEPT if name != "messages" and given.get(name) is not None]
    if len(given["messages"]) > 1:
        ignored.append("messages[:-1]")
    if has_images(given["messages"][-1:]) is not None:
        ignored.append("messages[-1].content of the type image_url")
    return warnings_of(given) + [f"{name} is ignored in a thread." for name in ignored]


def prompt_tokens(body: dict[str, Any]) -> int:
    """How many tokens the model will read, about: of the turns with their images and calls, and of the tools."""
    turns = body["messages"]
    more = [body[name] for name in ("tools", "response_format") if body.get(name)]
    more += [turn["tool_calls"] for turn in turns if turn.get("tool_calls")]
    parts = [part for turn in turns if isinstance(turn.get("content"), list) for part in turn["content"]]
    return (
        sum(len(text_of(turn.get("content")).encode()) // BYTES_A_TOKEN + TOKENS_A_TURN for turn in turns)
        + TOKENS_AN_IMAGE * sum(part["type"] == "image_url" for part in parts)
        + (_bytes(more) // BYTES_A_TOKEN if more else 0)
    )


def _bytes(value: Any) -> int:
    try:
        return len(orjson.dumps(value))
    except TypeError:  # nested so deeply that it will not be sent
        return 0
