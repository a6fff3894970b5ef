"""What a model is given: who it is, who said what, and no more than it can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.adapters.llm import Turn

GROUP = (
    " Several people talk in this conversation; each message begins with the name of its author."
    " You are {name}. Answer the last message; do not begin your answer with a name."
)


def turns_of(context: dict[str, Any], system_prompt: str) -> list[Turn]:
    """The turns for a model, from `api.answer_context`: oldest first, after the system prompt."""
    me, group = context["assistant"], context["kind"] == "group"
    system = system_prompt + (GROUP.format(name=me["display_name"]) if group else "")
    turns = [{"role": "system", "content": system}]
    for said in context["turns"]:
        mine = said["author"]["id"] == me["id"]
        named = group and not mine
        text = f"{said['author']['display_name']}: {said['content']}" if named else said["content"]
        role = "assistant" if mine else "user"
        if turns[-1]["role"] == role:  # chat templates want roles to alternate
            turns[-1]["content"] += "\n\n" + text
        else:
            turns.append({"role": role, "content": text})
    return turns


def fit(turns: list[Turn], count: Callable[[list[Turn]], int], budget: int) -> list[Turn]:
    """As many of the last turns as `budget` tokens hold, after the system prompt: the oldest go first, whole.

    When the last question alone is too long its middle is left out.
    """
    kept = list(turns)
    while (tokens := count(kept)) > budget:
        per_character = tokens / max(1, sum(len(t["content"]) for t in kept))
        if len(kept) > 2:
            excess = (tokens - budget) / per_character
            while excess > 0 and len(kept) > 2:
                excess -= len(kept.pop(1)["content"])
            if len(kept) > 2 and kept[1]["role"] == "assistant":
                kept.pop(1)  # an answer without its question
        else:
            room = int((budget - (tokens - len(kept[-1]["content"]) * per_character)) / per_character * 0.95)
            if room < 100:
                return kept
            kept[-1] = kept[-1] | {"content": _without_middle(kept[-1]["content"], room)}
    return kept


def _without_middle(text: str, room: int) -> str:
    if len(text) <= room:  # the count is not proportional: take a fifth away and count again
        room = len(text) * 4 // 5
    return f"{text[: room // 2]}\n[…]\n{text[-room // 2 :]}"
