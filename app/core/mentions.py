"""Names after an @ in the text of a message, found where they are shown: not in code, links or quotations."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# E-mail addresses and paths are no mentions.
NAME = re.compile(r"(?<![\w@./])@([^\W_][\w.-]{0,31})")


def install(parser: MarkdownIt) -> None:
    """Let the parser mark the names that `env["called"]` knows (name in lower case -> whom to say it is)."""
    parser.core.ruler.push("mentions", _mark)


def called(tokens: list[Token]) -> set[str]:
    """The names after an @, in lower case."""
    return {
        _name(found[1]).lower()
        for block in _own(tokens)
        for child in _said(block.children or [])
        for found in NAME.finditer(child.content)
    }


def _name(typed: str) -> str:
    return typed.rstrip(".-")


def _own(tokens: list[Token]) -> Iterator[Token]:
    """What is in no quotation: who is called there was called by somebody else."""
    depth = 0
    for token in tokens:
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if not depth:
            yield token


def _said(children: list[Token]) -> Iterator[Token]:
    """What is plain text and in no link."""
    depth = 0
    for child in children:
        depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type == "text" and not depth:
            yield child


def _mark(state: Any) -> None:
    known: dict[str, str] = state.env.get("called") or {}
    for block in _own(state.tokens) if known else []:
        children = block.children or []
        said = {id(child) for child in _said(children)}
        if said:
            block.children = [
                part for child in children for part in (_split(child, known) if id(child) in said else [child])
            ]


def _split(token: Token, known: dict[str, str]) -> list[Token]:
    parts: list[Token] = []
    begin = 0
    for found in NAME.finditer(token.content):
        name = _name(found[1])
        if name.lower() in known:
            end = found.start() + 1 + len(name)
            parts += [_text(token.content[begin : found.start()]), _mention(name, known[name.lower()])]
            begin = end
    return [*parts, _text(token.content[begin:])] if parts else [token]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _mention(name: str, who: str) -> Token:
    marked = f'<span class="mention" data-user="{html.escape(who)}">@{html.escape(name)}</span>'
    return Token("html_inline", "", 0, content=marked)
