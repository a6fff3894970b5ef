from __future__ import annotations

import pytest

from app.core.markdown import render


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
