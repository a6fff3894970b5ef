"""What somebody types into the search box: words, "phrases", -without, and filters like `from:@anna`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from app.core.errors import Invalid

# An optional minus, an optional filter, and a quoted text or anything up to the next space.
PIECE = re.compile(r'(?P<minus>-)?(?:(?P<name>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')


@dataclass
class Typed:
    """A search as it is meant."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    title: str | None = None
    author: str | None = None
    before: date | None = None
    since: date | None = None
    is_answer: bool = False
    has_code: bool = False


def parse(text: str) -> Typed:
    """Take a typed search apart; what is no filter is text.

    Raises:
        Invalid: a date that is none.
    """
    typed = Typed()
    for piece in PIECE.finditer(text):
        value = piece["quoted"] if piece["quoted"] is not None else piece["plain"]
        apply = FILTERS.get((piece["name"] or "").lower())
        if apply and not piece["minus"] and value and apply(typed, value):
            continue
        words = f"{piece['name']}:{value}" if piece["name"] else value
        _text(typed, words, piece["minus"] is not None, piece["quoted"] is not None and not piece["name"])
    return typed


def _text(typed: Typed, words: str, is_without: bool, is_quoted: bool) -> None:
    kept = typed.without if is_without else typed.phrases if is_quoted else typed.words
    if words:
        kept.append(words)


def _from(typed: Typed, value: str) -> bool:
    if value.lower() == "assistant":
        typed.is_answer = True
    else:
        typed.author = value
    return True


def _in(typed: Typed, value: str) -> bool:
    typed.title = value
    return True


def _has(typed: Typed, value: str) -> bool:
    typed.has_code = typed.has_code or value.lower() == "code"
    return value.lower() == "code"


def _before(typed: Typed, value: str) -> bool:
    typed.before = day(value)
    return True


def _since(typed: Typed, value: str) -> bool:
    typed.since = day(value)
    return True


# Each says whether it understood the value.
FILTERS: dict[str, Callable[[Typed, str], bool]] = {
    "from": _from, "author": _from, "in": _in, "has": _has, "before": _before, "after": _since, "after_date": _since,
}  # fmt: skip


def day(text: str) -> date:
    """A date as 2026-11-20.

    Raises:
        Invalid: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is no date; write it like 2026-11-20.") from None
