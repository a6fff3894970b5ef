"""Where the links of a text lead: their host stands behind them when their own words do not say it."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

# As browsers read an address: any number of slashes of both kinds, and whatever stands before the last @ is a name.
_HOST = re.compile(r"(?:https?:[/\\]*|[/\\]{2,})(?:[^/?#\\]*@)?(\[[^\]]*\]|[^/?#\\:]*)", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# The end of a host is what says whose it is.
HOST_CHARACTERS = 80


def install(parser: MarkdownIt) -> None:
    """Let the parser write the target of a link behind it."""
    parser.core.ruler.push("targets", _mark)


def target_of(href: str) -> str:
    """The host of an address, or whom a mail goes to; nothing of an address on this server."""
    if href.lower().startswith("mailto:"):
        return unquote(href[7:].split("?")[0])
    found = _HOST.match(href)
    return unquote(found[1]).lower() if found else ""


def says(text: str, target: str) -> bool:
    """Does the text of a link begin with its target, so that nobody can take it for another one?"""
    shown = _SCHEME.sub("", text.strip(), count=1).lower()
    return shown.startswith(target.lower()) and shown[len(target) : len(target) + 1] in ("", "/", "?", "#", ":")


def _mark(state: Any) -> None:
    for block in state.tokens:
        children = block.children or []
        if any(child.type == "link_open" for child in children):
            block.children = _with_targets(children)


def _with_targets(children: list[Token]) -> list[Token]:
    made: list[Token] = []
    href, text = "", ""
    for child in children:
        made.append(child)
        if child.type == "link_open":
            href, text = str(child.attrGet("href") or ""), ""
        elif child.type == "link_close":
            target = target_of(href)
            made += [_shown(target)] if target and not says(text, target) else []
        else:
            text += child.content
    return made


def _shown(target: str) -> Token:
    short = target if len(target) <= HOST_CHARACTERS else "…" + target[-HOST_CHARACTERS:]
    return Token("html_inline", "", 0, content=f' <span class="target">({html.escape(short)})</span>')
