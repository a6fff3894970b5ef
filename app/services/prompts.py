"""What a model is given: who it is, who said what, and no more than it can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.adapters.llm import Turn

GROUP = (
    " Several people talk in this conversation; each message begins with the name of its author."
    " You are {name}. Answer the last message; do not begin your answer with a name."
)
# What is left of a prompt in any case when an answer goes on: the question, the text so far, and the wish to go on.
CONTINUED_TURNS = 3
CONTINUE = (
    "Your last answer was cut short. Go on exactly where it stopped, with the very next character (a space, if the next"
    " word is a new one). Do not repeat anything of it, do not begin anew, and say nothing about the interruption."
)


def turns_of(context: dict[str, Any], system_prompt: str) -> list[Turn]:
    """The turns for a model, from `api.answer_context`: oldest first, after the system prompt."""
    me, group = context["assistant"], context["kind"] == "group"
    system = system_prompt + (GROUP.format(name=me["display_name"]) if group else "")
    if context.get("instructions"):
        system += "\n\n" + context["instructions"]
    turns = [{"role": "system", "content": system}]
    for said in context["turns"]:
        mine = said["author"]["id"] == me["id"]
        named = group and not mine
        text = f"{said['author']['display_name']}: {said['content']}" if named else said["content"]
        _add(turns, "assistant" if mine else "user", text)
    if context.get("so_far"):
        _add(turns, "assistant", context["so_far"])
        _add(turns, "user", CONTINUE)
    return turns


def _add(turns: list[Turn], role: str, text: str) -> None:
    if turns[-1]["role"] == role:  # chat templates want roles to alternate
        turns[-1]["content"] += "\n\n" + text
    else:
        turns.append({"role": role, "content": text})


def fit(turns: list[Turn], count: Callable[[list[Turn]], int], budget: int, least: int = 1) -> list[Turn]:
    """As many of the last turns as `budget` tokens hold, after the system prompt: the oldest go first, whole.

    When the last `least` turns alone are too long, the longest loses its middle.
    """
    kept, least = list(turns), least + 1
    while (tokens := count(kept)) > budget:
        per_character = tokens / max(1, sum(len(t["content"]) for t in kept))
        if len(kept) > least:
            excess = (tokens - budget) / per_character
            while excess > 0 and len(kept) > least:
                excess -= len(kept.pop(1)["content"])
            if len(kept) > least and kept[1]["role"] == "assistant":
                kept.pop(1)  # an answer without its question
        else:
            place = max(range(1, len(kept)), key=lambda n: len(kept[n]["content"]), default=0)
            text = kept[place]["content"]
            room = int((budget - (tokens - len(text) * per_character)) / per_character * 0.95)
            if len(kept) > 2:  # what is still too much is taken from the others
                room = max(room, len(text) // 2)
            if room < 100:
                return kept
            kept[place] = kept[place] | {"content": _without_middle(text, room)}
    return kept


def _without_middle(text: str, room: int) -> str:
    if len(text) <= room:  # the count is not proportional: take a fifth away and count again
        room = len(text) * 4 // 5
    return f"{text[: room // 2]}\n[…]\n{text[-room // 2 :]}"
