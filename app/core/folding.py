"""Text as search compares it, and where it stood in the original; `palaver.search_fold` is the same in SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# Harakat, tatweel, the soft hyphen, joiners and variation selectors: seen or not, they make no other word.
_SILENT = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_PICTURE = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")


@lru_cache(16_384)
def _character(one: str) -> str:
    """What a character is compared as: nothing for an accent, a space for what is no part of a word."""
    if _SILENT.match(one):
        return ""
    folded = unicodedata.normalize("NFC", _SILENT.sub("", unicodedata.normalize("NFKD", one))).lower()
    kept = (c if c.isalnum() or _PICTURE.match(c) or unicodedata.category(c)[0] == "M" else " " for c in folded)
    return "".join(kept)


# The same for ASCII, where each character stays one.
_PLAIN = {ordinal: _character(chr(ordinal)) for ordinal in range(128)}


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the place in the original that it comes from."""
    if text.isascii():
        return text.translate(_PLAIN), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, one in enumerate(text):
        made = _character(one)
        letters.append(made)
        places.extend([place] * len(made))
    return "".join(letters), places


def occurrences(text: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where folded words and phrases stand in a text: `(start, end)`, in order, none inside another.

    Args:
        terms: as `api.message_search` answers them: words in their order, one space between them.
    """
    if not terms:
        return []
    forms = (r" *".join(map(re.escape, term.split(" "))) for term in sorted(set(terms), key=len, reverse=True))
    line, places = folded(text)
    found = []
    for match in re.finditer("|".join(forms), line):
        end = match.end()
        # What was folded away behind the last letter, an accent, belongs to it.
        after = places[end] if end < len(places) else len(text)
        last = places[end - 1] + 1
        while last < after and not _character(text[last]):
            last += 1
        found.append((places[match.start()], last))
    return found
