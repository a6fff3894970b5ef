"""Markdown of an answer that still grows: what is complete is rendered, once for all readers; the rest is plain text.

A block is complete when the next one has begun after it. The finished answer is rendered as a whole in any case, so
what this cannot know (a list whose items are far apart) is put right then.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# Answers that grow at the same time; an older one is shown as plain text until it is finished.
HELD = 1000


def complete(text: str) -> int:
    """How many characters of `text`, which begins with a block, belong to blocks that are complete."""
    done, fence, after_block = 0, "", False
    for found in _LINE.finditer(text):
        line = found[0]
        if fence:
            after_block = line.strip().startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if after_block else fence
            continue
        opened = _FENCE.match(line)
        if (after_block or opened) and line[0] not in " \t\n":
            done = found.start()
        fence = opened[1] if opened else ""
        after_block = not fence and (not line.strip() or (after_block and line[0] in " \t"))
    return done


def utf16(text: str) -> int:
    """The length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Answer:
    """One growing answer: the text after its complete blocks, where that begins, and the number of the next piece."""

    __slots__ = ("next_idx", "offset", "rest")

    def __init__(self, content: str = "", next_idx: int = 0) -> None:
        done = complete(content)
        self.rest, self.offset, self.next_idx = content[done:], utf16(content[:done]), next_idx

    def add(self, content: str) -> str:
        """Append a piece; answers the Markdown of what it completed."""
        begins_line = "\n" in content or self.rest.endswith("\n")
        self.rest += content
        self.next_idx += 1
        done = complete(self.rest) if begins_line else 0
        block, self.rest = self.rest[:done], self.rest[done:]
        self.offset += utf16(block)
        return block


class Answers:
    """The growing answers that pages of this process show.

    Args:
        render: Markdown to safe HTML.
    """

    def __init__(self, render: Callable[[str], str]) -> None:
        self._render = render
        self._held: OrderedDict[str, _Answer] = OrderedDict()

    def snapshot(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Adds `html` of the complete blocks and `end`, where they end."""
        answer = _Answer(payload["content"], payload["next_idx"])
        held = self._held.get(payload["message_id"])
        if held is None or held.next_idx < answer.next_idx:
            self._hold(payload["message_id"], answer)
        done = len(payload["content"]) - len(answer.rest)
        return payload | {"html": self._render(payload["content"][:done]), "end": answer.offset}

    def delta(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Adds `html` when the piece completes blocks: those from `start` to `end`."""
        message_id, idx = payload["message_id"], payload["idx"]
        if idx == 0:
            self._hold(message_id, _Answer())
        answer = self._held.get(message_id)
        if answer is None or idx != answer.next_idx:
            return payload
        start = answer.offset
        block = answer.add(payload["content"])
        return payload | {"html": self._render(block), "start": start, "end": answer.offset} if block else payload

    def forget(self, message_id: str) -> None:
        """The answer is finished."""
        self._held.pop(message_id, None)

    def _hold(self, message_id: str, answer: _Answer) -> None:
        self._held[message_id] = answer
        self._held.move_to_end(message_id)
        while len(self._held) > HELD:
            self._held.popitem(last=False)
