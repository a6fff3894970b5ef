from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from app.core import markdown, offload
from app.core.markdown import COLOURED_CHARACTERS, LANGUAGES, REMEMBERED_BYTES, prepare, render

LONGEST = 65_536


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "<a href='javascript:x'>y</a>",
        "[x](data:text/html,<script>)", "![x](https://tracker.example/p.png)", "<style>*{}</style>", "<svg onload=x>",
        "```\n</code><script>x</script>\n```", "```\"><script>\nx\n```", "<iframe src=x>", "[a](https://x \"onclick='y'\")",
    ],
)  # fmt: skip
def test_nothing_runs_and_nothing_is_fetched(attack: str) -> None:
    html = render(attack)
    for bad in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        'href="javascript',
        'href="data',
        ' onerror="',
        " onclick=",
    ):
        assert bad not in html.lower(), html


def test_what_people_write() -> None:
    html = render("# T\n\n- a\n- **b** ~~c~~\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\nsee https://example.org now\nnext")
    for good in (
        "<h1>",
        "<li>a</li>",
        "<strong>b</strong>",
        "<table>",
        'href="https://example.org"',
        "<br",
        "nofollow",
    ):
        assert good in html


def test_code_is_coloured_by_classes() -> None:
    assert 'class="k"' in render("```python\ndef f(): pass\n```") and "style=" not in render(
        "```python\ndef f(): pass\n```"
    )
    assert "&lt;b&gt;" in render("```nolang\n<b>\n```")
    assert "<pre><code>" in render("```\nplain\n```")


def test_long_and_deep_input_ends() -> None:
    assert render("> " * 2_000 + "x")
    assert render("*" * 20_000)
    assert render("[" * 5_000)
    assert render("```python\n" + "x = 1\n" * 20_000 + "```")


@pytest.fixture
def patience() -> Iterator[None]:
    """Not a measurement: what is quadratic here takes minutes, not ten seconds."""
    signal.alarm(10)
    yield
    signal.alarm(0)


HOSTILE = [
    "\n ", "a\n", "a.", "a::", '\\"', "'", "(", "{", "<a ", "&", "/*", "#", "0_", "=", "a" + " " * 60, "a b(" + "\n" * 60,
]  # fmt: skip


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_ends_soon_whatever_the_code(language: str, patience: None) -> None:
    for unit in (*HOSTILE, " "):
        code = '"a '[: len(unit) % 2 * 3] + unit * COLOURED_CHARACTERS
        assert "<code" in render(f"~~~~~~~~{language}\n{code[: COLOURED_CHARACTERS - 1]}\n~~~~~~~~")


def test_languages_that_cannot_be_trusted_stay_plain(patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "COLOURING_SECONDS", 60.0)
    assert "<span" in render("```python\nx = 1\n```") and "<span" in render("```C++\nint x;\n```")
    for language in ("autohotkey", "gherkin", "autoit", "markdown", "ocaml"):
        assert "<span" not in render(f"```{language}\n" + "\n " * 5_000 + "if x\n```")


def test_code_of_one_text_shares_its_time(patience: None) -> None:
    assert "<span" not in render("```python\n" + "x = 1\n" * COLOURED_CHARACTERS + "```")
    assert render(("```c\n" + "\n " * 1_000 + "```\n") * 30).count("<pre>") == 30


def test_html_is_not_much_longer_than_its_text(patience: None) -> None:
    definitions = "[a]: /" + "x" * 20_000 + "\n\n" + "[a]" * 15_000
    cells = "|a" * 2_000 + "\n" + "|-" * 2_000 + "\n" + "b\n" * 30
    for text in (definitions, cells, "a@b.cd " * 9_000, "> " * 30_000, "> - " * 15_000, "~" * LONGEST):
        assert len(render(text)) < 60 * len(text)
    assert render(cells).startswith("<pre><code>|a|a")
    assert "[a]: /x" in render("[a]: /x\n\n[a]")


@pytest.mark.parametrize(
    "unit",
    ["[", "![", "*a _b", "`a", "|a|b|\n|-|-|\n", "\n\n> - a", "<http://a", "a.com ", "&#1;", "](<", "http://@a "],
)
def test_long_hostile_texts_end(unit: str, patience: None) -> None:
    assert render((unit * LONGEST)[:LONGEST])


def test_a_text_that_the_parser_cannot_take_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render("") == ""
    assert "<p>w.a.b[" in render("w.a.b[//a.s://")  # the library's own rule for links raises
    assert '<a href="http://a.b"' in render("see (http://a.b) [and http://a.b*") and "<a" not in render("\\xhttp://a.b")
    monkeypatch.setattr(markdown._markdown, "render", lambda *_: 1 / 0)
    assert render("<b> & nothing else") == "<pre><code>&lt;b&gt; &amp; nothing else</code></pre>"


def test_what_was_rendered_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "prepared " * 1_000
    prepare(text)
    made = render("seen")
    monkeypatch.setattr(markdown, "_render", lambda text, called: "made again")
    assert render("seen") == made and "prepared" in render(text)
    assert render("not seen") == "made again"


def test_live_events_do_not_wait_for_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "**slow** & " * 200
    monkeypatch.setattr(markdown._patience, "awaits", lambda *_: False)
    prepare(text, None, True)
    assert render(text).startswith("<pre><code>**slow** &amp;")
    prepare(text)
    assert render(text).startswith("<p><strong>slow</strong> &amp;")


def test_patience_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offload.monkey, "is_module_patched", lambda _: True)
    patience, made, enough = offload.Patience(5.0, 0.0), [], threading.Event()
    assert patience.awaits(made.append, "quick") and made == ["quick"]
    patience._left = 0.05
    assert not patience.awaits(enough.wait)  # it goes on
    patience._left = 5.0
    assert not patience.awaits(made.append, "while another is made")
    enough.set()
    assert patience._pool is not None
    patience._pool.join()
    assert patience.awaits(made.append, "afterwards") and made == ["quick", "afterwards"]
    patience._left = 0.0
    assert not patience.awaits(made.append, "too much") and len(made) == 2
    patience._pool.kill()


def test_the_memory_has_a_bound() -> None:
    memory = markdown._Memory(10_000)
    for n in range(100):
        memory.put(b"%d" % n, str(n) * 500)
        memory.put(b"%d" % n, str(n) * 500)
        assert memory.get(b"0") == "0" * 500
    assert memory.get(b"99") and memory.get(b"1") is None
    assert memory._bytes == sum(made.__sizeof__() for made in memory._held.values()) <= 10_000 < REMEMBERED_BYTES
