"""What the mock model says: its pieces, or something else that the request asks for.

`say=1` answers what follows it in the message, word for word; `echo=1` answers
the request itself as JSON, without its messages; `call=1` calls the first of the request's tools with
`{"city": "Oslo"}`. A result of a tool is repeated.
`mock_tools.py` has words that call tools by their names.
"""

from __future__ import annotations

import json
from typing import Any

from bench import mock_tools


def text_of(message: dict[str, Any]) -> str:
    """The text of a message, also of one in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def deltas_of(request: dict[str, Any], script: dict[str, int]) -> tuple[list[dict[str, Any]], str] | None:
    """What is said instead of the pieces, and the finish reason."""
    last = request["messages"][-1]
    if "say" in script:
        said = text_of(last).partition("say=1 ")[2]
        return [{"content": said[n : n + 20]} for n in range(0, len(said), 20)], "stop"
    if "echo" in script:
        told = json.dumps(request | {"messages": [m["role"] for m in request["messages"]]}, sort_keys=True)
        return [{"content": told[n : n + 20]} for n in range(0, len(told), 20)], "stop"
    if called := mock_tools.deltas_of(request):
        return called
    if last["role"] == "tool":
        return [{"content": "The tool said: "}, {"content": text_of(last)}], "stop"
    if "call" in script and request.get("tools"):
        name = request["tools"][0]["function"]["name"]
        first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
        more = [{"index": 0, "function": {"arguments": part}} for part in ('{"city":', ' "Oslo"}')]
        return [{"tool_calls": [call]} for call in (first, *more)], "tool_calls"
    return None


def whole(deltas: list[dict[str, Any]], finish_reason: str, usage: dict[str, int]) -> dict[str, Any]:
    """The same as one answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(d.get("content", "") for d in deltas) or None}
    if calls := [call for d in deltas for call in d.get("tool_calls", ())]:
        arguments = "".join(call["function"]["arguments"] for call in calls)
        message["tool_calls"] = [calls[0] | {"function": calls[0]["function"] | {"arguments": arguments}}]
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {"id": "mock", "object": "chat.completion", "model": "mock", "choices": [choice], "usage": usage}
