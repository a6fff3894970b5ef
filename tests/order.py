"""In which order the files of a whole run begin, when several processes share them."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Any

# Files that mostly wait for processes which they started. Two of them at once would compete for the cores; one beside a
# file that computes does not.
WAITING = ("streams", "journeys", "launch", "cli", "providers")


def interleaved(items: list[Any]) -> list[Any]:
    """One file that waits, one that computes, and so on; the longest waits come first, so that none is left for the end."""
    files: dict[Any, list[Any]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = sorted((path for path in files if _rank(path) < len(WAITING)), key=lambda path: (_rank(path), path))
    computing = [path for path in files if _rank(path) == len(WAITING)]
    order = (path for path in chain(*zip_longest(waiting, computing)) if path is not None)
    return [item for path in order for item in files[path]]


def _rank(path: Any) -> int:
    return next((n for n, folder in enumerate(WAITING) if folder in path.parts), len(WAITING))
