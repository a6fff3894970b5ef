"""Markdown to HTML that is safe to show: what people and models write is never trusted."""

from __future__ import annotations

import html

import nh3
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"class"},
    "div": {"class"},
    "td": {"align"},
}
# Colouring much text costs more than it gives: a 100 KiB block takes over a second.
_COLOURED_CHARACTERS = 20_000


def _fence(code: str, language: str, _attributes: str) -> str:
    name = language.strip().split()[0].lower() if language.strip() else ""
    body = html.escape(code)
    if name and len(code) <= _COLOURED_CHARACTERS:
        try:
            body = highlight(code, get_lexer_by_name(name, stripnl=False), HtmlFormatter(nowrap=True))
        except ClassNotFound:
            pass
    known = name if name.replace("-", "").replace("+", "").replace("#", "").isalnum() else ""
    return f'<pre><code class="language-{known}">{body}</code></pre>' if known else f"<pre><code>{body}</code></pre>"


# Images would be fetched from wherever a message says, which tells that place who reads: they stay links.
_markdown = (
    MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "highlight": _fence})
    .enable(["table", "strikethrough", "linkify"])
    .disable("image")
)


def render(text: str) -> str:
    """CommonMark with tables, strikethrough and bare links, as sanitised HTML; raw HTML is shown as text."""
    return nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
