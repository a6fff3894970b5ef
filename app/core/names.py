"""Names that people give to things and to themselves."""

from __future__ import annotations


def spaced(name: str) -> str:
    """The name without spaces around it, and with single ones in it."""
    return " ".join(name.split())


def is_shown(name: str, most: int) -> bool:
    """Has it 1 to `most` characters, all of which can be seen? Others could make it look like another name."""
    return 1 <= len(name) <= most and name.isprintable()
