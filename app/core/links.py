"""Bare links in texts."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

SCHEME = re.compile(r"(?<![a-z0-9.+-])(?:https?|ftp)$", re.IGNORECASE)
# The longest of them and one character before it.
BEFORE = 6


def install(parser: MarkdownIt) -> None:
    """Find bare links. The library's own rule looks through all text before each `://` (64 KiB of what is nearly a link took
    seconds), and in the text of a link it may look at another text than the one before it, and then raises."""
    parser.inline.ruler.at("linkify", _link)


def _link(state: StateInline, silent: bool) -> bool:
    position = state.pos
    if state.linkLevel > 0 or not state.src.startswith("://", position):
        return False
    scheme = _scheme(state.src[max(0, position - BEFORE) : position])
    if not scheme or not (silent or state.pending.endswith(scheme)):
        return False
    found = state.md.linkify.match_at_start(state.src[position - len(scheme) :])  # type: ignore[union-attr]
    url = found.url.rstrip("*") if found else ""  # a star at its end is for emphasis
    address = state.md.normalizeLink(url)
    if len(url) <= len(scheme) or not state.md.validateLink(address):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(scheme)
        _push(state, address, state.md.normalizeLinkText(url))
    state.pos += len(url) - len(scheme)
    return True


def _scheme(before: str) -> str:
    found = SCHEME.search(before)
    return found[0] if found else ""


def _push(state: StateInline, address: str, text: str) -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": address}
    state.push("text", "", 0).content = text
    closing = state.push("link_close", "a", -1)
    opening.markup = closing.markup = "linkify"
    opening.info = closing.info = "auto"
