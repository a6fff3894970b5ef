"""Markdown to HTML that is safe to show: what people and models write is never trusted."""

from __future__ import annotations

import html
import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from threading import Lock
from typing import Any

import nh3
import pygments
from markdown_it import MarkdownIt
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name

from app.core import links, mentions, targets
from app.core.offload import Patience, off_the_loop

log = logging.getLogger(__name__)

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"class", "data-user"},
    "div": {"class"},
    "td": {"align"},
}
# What is coloured. Many of Pygments' lexers take quadratic time and more, some within a single match that nothing can
# interrupt: a language comes in here only when tests/core/test_markdown.py finds that its matches are short.
LANGUAGES = frozenset({
    "python", "pycon", "javascript", "typescript", "tsx", "jsx", "json", "html", "xml", "css", "scss",
    "sql", "bash", "c", "cpp", "csharp", "java", "kotlin", "swift", "go", "rust", "ruby",
    "php", "perl", "lua", "splus", "haskell", "elixir", "erlang", "clojure", "dart", "zig", "powershell",
    "yaml", "toml", "diff", "docker", "make", "nginx", "graphql", "protobuf", "tex",
})  # fmt: skip
_LEXERS = {
    alias: aliases[0]
    for _, aliases, _, _ in get_all_lexers(plugins=False)
    if aliases and aliases[0] in LANGUAGES
    for alias in aliases
}
COLOURED_CHARACTERS = 10_000
# Of processor time, for all code of one text: what takes longer stays without colours.
COLOURING_SECONDS = 0.1
# Where most lexers look for the end again and again, those of C for minutes.
_LONG_SPACE = re.compile(r"\s{64}")
# Coloured code, the longest that is honest, comes to some 25 characters for one.
EXPANSION, ALWAYS_ALLOWED = 30, 10_000
# Shorter texts are rendered before a thread would have begun.
LONG_CHARACTERS = 1_000
REMEMBERED_BYTES = 16 * 2**20


class _TooSlow(Exception):
    """Colouring has used up its time."""


def _within(tokens: Iterable[Any], until: float) -> Iterator[Any]:
    for token in tokens:
        if time.thread_time() > until:
            raise _TooSlow
        yield token


def _coloured(code: str, language: str, until: float) -> str:
    """The HTML of code, with spans where that can be had in time."""
    lexer = _LEXERS.get(language)
    if lexer and len(code) <= COLOURED_CHARACTERS and not _LONG_SPACE.search(code):
        try:
            tokens = get_lexer_by_name(lexer, stripnl=False).get_tokens(code)
            return pygments.format(_within(tokens, until), HtmlFormatter(nowrap=True))
        except _TooSlow:
            pass
    return html.escape(code)


def _fence(_renderer: Any, tokens: Any, index: int, _options: Any, env: dict[str, Any]) -> str:
    words = tokens[index].info.split()
    name = words[0].lower() if words else ""
    body = _coloured(tokens[index].content, name, env["colour_until"])
    known = name if name.replace("-", "").replace("+", "").replace("#", "").isalnum() else ""
    return (
        f'<pre><code class="language-{known}">{body}</code></pre>\n' if known else f"<pre><code>{body}</code></pre>\n"
    )


# Images would be fetched from wherever a message says, which tells that place who reads: they stay links. A definition
# of a link is short to use and long to write out: 64 KiB of text would become 150 MB.
_markdown = (
    MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    .enable(["table", "strikethrough", "linkify"])
    .disable(["image", "reference"])
)
_markdown.add_render_rule("fence", _fence)
links.install(_markdown)
mentions.install(_markdown)
targets.install(_markdown)

# What changes the direction of text that follows, and text that nobody sees (the tags of a flag are no such text): an
# answer, or code in it, must not read as something else than it is.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HIDDEN = re.compile("(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+")


class _Memory:
    """HTML by the text that it was made of, the most recently used up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[bytes, str] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: bytes) -> str | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: bytes, made: str) -> None:
        with self._lock:
            if key not in self._held:
                self._held[key] = made
                self._bytes += sys.getsizeof(made)
            while self._bytes > self._most:
                self._bytes -= sys.getsizeof(self._held.popitem(last=False)[1])


_memory = _Memory(REMEMBERED_BYTES)
# Long texts as they are, where nobody could wait for their HTML.
_meanwhile = _Memory(REMEMBERED_BYTES // 8)
# Live events come one after the other; 64 KiB cost a second and more.
_patience = Patience(most=0.5, share=0.2)


def render(text: str, called: dict[str, str] | None = None) -> str:
    """CommonMark with tables, strikethrough and bare links, as sanitised HTML; raw HTML is shown as text.

    Args:
        called: who is mentioned, by the name in lower case; their names are marked.
    """
    key = _key(text, called)
    return _memory.get(key) or _meanwhile.get(key) or _make(key, text, called)


def _make(key: bytes, text: str, called: dict[str, str] | None) -> str:
    made = _render(text, called)
    _memory.put(key, made)
    return made


def prepare(text: str, called: dict[str, str] | None = None, is_live: bool = False) -> None:
    """Make `render` of this text quick; other greenlets may run meanwhile, which they never do in `render`.

    Args:
        is_live: others wait for it, so that it may be shown as it is when that would take long.
    """
    key = _key(text, called)
    if len(text) <= LONG_CHARACTERS or _memory.get(key) is not None:
        return
    if not is_live:
        off_the_loop(_make, key, text, called)
    elif not _patience.awaits(_make, key, text, called):
        _meanwhile.put(key, _plain(text))


def names_called(text: str) -> set[str]:
    """The names after an @ that a reader would see as such, in lower case."""
    parse = _markdown.parse
    return mentions.called(off_the_loop(parse, text) if len(text) > LONG_CHARACTERS else parse(text))


def _key(text: str, called: dict[str, str] | None) -> bytes:
    names = repr(sorted(called.items())) if called else ""
    return blake2b(f"{names}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def visible(text: str) -> str:
    """The text with signs for characters that turn it around, or hide something in it."""
    turned = _TURNS.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return _HIDDEN.sub("⟨hidden text⟩", turned)


def _plain(text: str) -> str:
    return f"<pre><code>{html.escape(visible(text))}</code></pre>"


def _render(text: str, called: dict[str, str] | None = None) -> str:
    text = visible(text)
    try:
        made = _markdown.render(text, {"colour_until": time.thread_time() + COLOURING_SECONDS, "called": called})
    except Exception as error:
        # One text must never take a page away from everybody who reads it. Its own words are not logged.
        log.error("a text of %d characters could not be rendered: %s", len(text), type(error).__name__)
        made = _plain(text)
    if len(made) > EXPANSION * len(text) + ALWAYS_ALLOWED:
        made = _plain(text)
    return nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
