"""Who a text calls: the names after an @, where they are no code and no part of a link."""

from __future__ import annotations

from app.core import markdown

EVERYBODY = "all"


def mentioned(text: str) -> tuple[list[str], bool]:
    """The user names in lower case, each once, and whether everybody is called; e-mail addresses call nobody."""
    names = markdown.names_called(text) if "@" in text else set()
    return sorted(names - {EVERYBODY}), EVERYBODY in names
