from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.folding import occurrences
from app.core.offload import off_the_loop
from app.models import search
from app.services.typed import parse

MOST_CHARACTERS = 200
BEFORE, LENGTH = 50, 220
# Together; fewer are looked through before a thread would have begun.
LONG_CHARACTERS = 20_000


def messages(
    actor: Actor, q: str, conversation: str | None = None, author: str | None = None, before: date | None = None,
    since: date | None = None, has: str | None = None, speaker: str | None = None, after: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:  # fmt: skip
    """Messages that the actor may read and that hold what is asked for, newest first: `{items, next}`.

    Each has its `highlight`, `[{text, hit}]`, the `conversation` and the `thread`. With few or no items there can be a
    `next` all the same: this page stopped before it had seen everything.

    Args:
        q: words, and filters as somebody types them (`app.services.typed`); the other arguments win over those.
        author: an id, a name with or without an @, or `me`.
        since: the first day, `before` the day after the last, in UTC.
        speaker: `assistant` for answers.

    Raises:
        Invalid: nothing to look for, too long, or a date that is none.
        NotFound: no such conversation, or the actor is not in it.
    """
    if len(q) > MOST_CHARACTERS:
        raise Invalid(f"Search for at most {MOST_CHARACTERS} characters; a few words find a message.")
    typed = parse(q.replace("\x00", " "))
    found = search.messages(
        actor.id, typed.words, typed.phrases, typed.without, conversation, None if conversation else typed.title,
        author or typed.author, speaker == "assistant" or typed.is_answer, has == "code" or typed.has_code,
        _start(before or typed.before), _start(since or typed.since), _place(after), limit,
    )  # fmt: skip
    terms = found.pop("terms")
    texts = [item["content"] for item in found["items"]]
    is_long = sum(map(len, texts)) > LONG_CHARACTERS
    made = off_the_loop(_highlights, texts, terms) if is_long else _highlights(texts, terms)
    return found | {"items": [i | {"highlight": h} for i, h in zip(found["items"], made, strict=True)]}


def _highlights(texts: list[str], terms: list[str]) -> list[list[dict[str, Any]]]:
    return [highlight(text, terms) for text in texts]


def highlight(content: str, terms: list[str]) -> list[dict[str, Any]]:
    """The part of a text around the first hit, as pieces that are hits or not."""
    hits = occurrences(content, terms)
    start = _word_start(content, hits[0][0] - BEFORE) if hits else 0
    end = min(len(content), start + LENGTH)
    pieces = [("…" if start else "", False)]
    at = start
    for first, last in (hit for hit in hits if hit[1] <= end):
        pieces += [(content[at:first], False), (content[first:last], True)]
        at = last
    pieces += [(content[at:end], False), ("…" if end < len(content) else "", False)]
    return [{"text": text, "hit": hit} for text, hit in pieces if text]


def _word_start(content: str, place: int) -> int:
    """The beginning of a word near a place, where there are spaces."""
    if place <= 0:
        return 0
    space = content.find(" ", place, place + 20)
    return space + 1 if space >= 0 else place


def _start(day: date | None) -> str | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat() if day else None


def _place(after: str | None) -> str | None:
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid("The page to continue from is unknown; begin the search again.")
    return after
