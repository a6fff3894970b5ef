"""The mock model calls tools by name: `tool=add` `args={"a":1,"b":2}` (no spaces), several of them at once, `rounds=2` times.

It says a piece before it calls, and repeats what the tools said at the end.
"""

from __future__ import annotations

import json
import re
from typing import Any

_CALL = re.compile(r"\btool=(\S+)(?: args=(\S+))?")
_ROUNDS = re.compile(r"\brounds=(\d+)")


def deltas_of(request: dict[str, Any]) -> tuple[list[dict[str, Any]], str] | None:
    """Calls, as long as there are rounds left and tools were given; None when the question wants none."""
    turns = request["messages"]
    place = max(
        (n for n, turn in enumerate(turns) if "tool=" in str(turn["content"]) and turn["role"] == "user"), default=-1
    )
    calls = _CALL.findall(str(turns[place]["content"])) if place >= 0 else []
    found = _ROUNDS.search(str(turns[place]["content"]))
    made = sum(1 for turn in turns[place:] if turn.get("tool_calls"))
    if not calls or (turns[-1]["role"] == "user" and place != len(turns) - 1):
        return None
    if not request.get("tools") or made >= int(found[1] if found else 1):
        outputs = [turn["content"] for turn in turns[place:] if turn["role"] == "tool"]
        return [{"content": f"{len(outputs)} said: "}, {"content": " | ".join(outputs)[-2000:] or "nothing"}], "stop"
    deltas: list[dict[str, Any]] = [{"content": "Let me see. "}]
    for index, (name, arguments) in enumerate(calls):
        begun = {"index": index, "id": f"call_{made}_{index}", "type": "function"}
        deltas.append({"tool_calls": [begun | {"function": {"name": name, "arguments": ""}}]})
        text = arguments or json.dumps({})
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": part}}]} for part in (text[:3], text[3:])]
    return deltas, "tool_calls"
