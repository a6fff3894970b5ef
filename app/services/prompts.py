"""What a model is given: who it is, who said what, and no more than it can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.adapters.llm import ModelError, Turn

GROUP = (
    " Several people talk in this conversation; each message begins with the name of its author."
    " You are {name}. Answer the last message; do not begin your answer with a name."
)
CONTINUE = (
    "Your last answer was cut short. Go on exactly where it stopped, with the very next character (a space, if the next"
    " word is a new one). Do not repeat anything of it, do not begin anew, and say nothing about the interruption."
)
SOMEBODY = "Somebody"
NAME_CHARACTERS = 80
# What a turn costs beside its text, as characters.
TURN_CHARACTERS = 16
# Counting asks the model's server: rather a message too few than a question for each of the last ones.
SMALLEST_STEP = 0.03
# A text of which less than this would be left is not worth sending.
LEAST_CHARACTERS = 100
# Words that a model's server may take for the marks of its own chat template, wherever they stand: llama.cpp and what is
# built on it read them in the text of messages, too.
_MARKS = re.compile(
    r"<(?=[|｜][^<>\n]{1,64}>|[^<>|｜\n]{1,64}[|｜]>)"
    r"|<(?=/?(?:s|bos|eos|unk|pad|think|start_of_turn|end_of_turn|tool_call|tool_response)>|<SYS>>|</SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Prompt:
    """What goes to the model.

    Attributes:
        given: messages that it reads.
        dropped: older ones of the branch that found no room.
        is_cut: the question itself lost its middle.
    """

    turns: list[Turn]
    given: int
    dropped: int
    is_cut: bool

    @property
    def left_out(self) -> dict[str, Any] | None:
        """What people are told; nothing when the model reads everything."""
        told = {"given": self.given, "dropped": self.dropped}
        return told | ({"cut": True} if self.is_cut else {}) if self.dropped or self.is_cut else None


@dataclass(frozen=True)
class _Said:
    """One message as the model reads it."""

    role: str
    text: str
    is_answer: bool


def prompt_of(
    context: dict[str, Any],
    system_prompt: str,
    count: Callable[[list[Turn]], int],
    budget: int,
    is_guarded: bool = True,
) -> Prompt:
    """What a model is given to answer, from `api.answer_context`: as much of the end of the branch as `budget` tokens hold.

    Args:
        count: how many tokens turns are.
        is_guarded: its server takes words of messages for marks of the chat template.

    Raises:
        ModelError: there is nothing to answer, or what it is told beforehand leaves no room.
    """
    me, several = context["assistant"], _are_several(context)
    guard = guarded if is_guarded else str
    said = _heard(context, several, guard)
    if not context.get("so_far") and (not said or said[-1].role == "assistant"):
        raise ModelError("The message that this answers was deleted.", "PV.MODEL.NOTHING")
    system = _system(context, system_prompt, GROUP.format(name=speaker(me["display_name"])) if several else "", guard)
    units = _units(said)
    tail = [("assistant", guard(context["so_far"])), ("user", CONTINUE)] if context.get("so_far") else []

    def build(first: int) -> list[Turn]:
        return _turns(system, [(one.role, one.text) for unit in units[first:] for one in unit] + tail)

    first = newest_that_fit(build, [sum(len(one.text) for one in unit) for unit in units], count, budget)
    turns, is_cut = cut_to(build(first), count, budget)
    given = sum(map(len, units[first:]))
    return Prompt(turns, given, len(said) - given + context.get("beyond", 0), is_cut)


def newest_that_fit(
    build: Callable[[int], list[Turn]], lengths: list[int], count: Callable[[list[Turn]], int], budget: int
) -> int:
    """The first of the parts that a prompt can hold: the oldest go first, the last one stays in any case.

    Args:
        build: the prompt with the parts from this one on.
        lengths: characters of each part.
    """
    first = 0
    weights = [length + TURN_CHARACTERS for length in lengths]
    while first < len(weights) - 1 and (tokens := count(build(first))) > budget:
        excess = max(tokens - budget, tokens * SMALLEST_STEP) * sum(weights[first:]) / tokens
        while excess > 0 and first < len(weights) - 1:
            excess -= weights[first]
            first += 1
    return first


def cut_to(turns: list[Turn], count: Callable[[list[Turn]], int], budget: int) -> tuple[list[Turn], bool]:
    """The turns without the middles of the longest ones, if they are too long even so; and whether anything was cut.

    Raises:
        ModelError: the system prompt leaves no room.
    """
    kept, is_cut = list(turns), False
    while (tokens := count(kept)) > budget:
        per_character = tokens / max(1, sum(len(turn["content"]) for turn in kept))
        others = [n for n, turn in enumerate(kept) if turn["role"] != "system"]
        place = max(others, key=lambda n: len(kept[n]["content"]))
        text = kept[place]["content"]
        room = int((budget - (tokens - len(text) * per_character)) / per_character * 0.95)
        if len(others) > 1:  # what is still too much is taken from the others
            room = max(room, len(text) // 2)
        if min(room, len(text)) < LEAST_CHARACTERS:
            raise ModelError(
                "What this assistant and this conversation tell the model beforehand leaves no room for the question;"
                " shorten those instructions, or choose a model that can read more.",
                "PV.MODEL.CONTEXT",
            )
        kept[place], is_cut = kept[place] | {"content": without_middle(text, room)}, True
    return kept, is_cut


def without_middle(text: str, room: int) -> str:
    """The beginning and the end of a text."""
    if len(text) <= room:  # the count is not proportional: take a fifth away and count again
        room = len(text) * 4 // 5
    return f"{text[: room // 2]}\n[…]\n{text[-room // 2 :]}"


def guarded(text: str) -> str:
    """The text with a space in what a model's server could take for the beginning or the end of somebody's turn."""
    return _MARKS.sub(lambda found: found[0] + " ", text)


def speaker(name: str) -> str:
    """A name as it stands before a message: one line, nothing in it that could be taken for anything else."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in name.replace(":", " "))
    return guarded(" ".join(shown.split()))[:NAME_CHARACTERS] or SOMEBODY


def _are_several(context: dict[str, Any]) -> bool:
    me = context["assistant"]["id"]
    people = {said["author"]["id"] for said in context["turns"] if said["author"]["id"] != me}
    return context["kind"] != "assistant" or len(people) > 1


def _system(context: dict[str, Any], system_prompt: str, more: str, guard: Callable[[str], str]) -> str:
    told = (system_prompt + more).strip()
    return "\n\n".join(part for part in (told, guard(context.get("instructions") or "").strip()) if part)


def _heard(context: dict[str, Any], several: bool, guard: Callable[[str], str]) -> list[_Said]:
    me = context["assistant"]["id"]
    names = {speaker(said["author"]["display_name"]) for said in context["turns"]}
    names.add(speaker(context["assistant"]["display_name"]))
    heard = []
    for said in context["turns"]:
        author = said["author"]
        mine = author["id"] == me
        text = guard(said["content"])
        if several and not mine:
            text = f"{speaker(author['display_name'])}: {unattributed(text, names)}"
        heard.append(_Said("assistant" if mine else "user", text, mine or author.get("kind") == "assistant"))
    return heard


def unattributed(text: str, names: set[str]) -> str:
    """The text with a mark before further lines that begin like somebody's message."""
    first, *rest = text.splitlines() or [""]
    lowered = tuple(f"{name.casefold()}:" for name in names)
    return "\n".join([first, *(f"> {ln}" if ln.strip().casefold().startswith(lowered) else ln for ln in rest)])


def _units(said: list[_Said]) -> list[list[_Said]]:
    """Questions with their answers: what is left out goes as a whole."""
    units: list[list[_Said]] = []
    for one in said:
        if one.is_answer and units:
            units[-1].append(one)
        else:
            units.append([one])
    return units


def _turns(system: str, said: list[tuple[str, str]]) -> list[Turn]:
    turns: list[Turn] = [{"role": "system", "content": system}] if system else []
    for role, text in said:
        if turns and turns[-1]["role"] == role:  # chat templates want roles to alternate
            turns[-1]["content"] += "\n\n" + text
        else:
            turns.append({"role": role, "content": text})
    return turns
