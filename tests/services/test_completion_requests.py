"""What a request to /v1 will cost, before anybody has counted."""

from __future__ import annotations

from typing import Any

from app.services.completion_requests import TOKENS_AN_IMAGE, prompt_tokens


def test_everything_that_the_model_reads_is_counted() -> None:
    text = "x" * 3000
    plain = prompt_tokens({"messages": [{"role": "user", "content": text}]})
    assert 1000 <= plain < 1100
    image = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert prompt_tokens({"messages": [{"role": "user", "content": image}]}) == plain + TOKENS_AN_IMAGE
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": text}}
    turn = {"role": "user", "content": text}
    for body in (
        {"messages": [turn], "tools": [{"type": "function", "function": {"name": "f", "description": text}}]},
        {"messages": [turn], "response_format": {"type": "json_schema", "json_schema": {"description": text}}},
        {"messages": [turn, {"role": "assistant", "content": None, "tool_calls": [call]}]},
    ):
        assert 2 * plain - 10 <= prompt_tokens(body) < 2 * plain + 60
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    assert prompt_tokens({"messages": [turn], "tools": deep}) == plain
