"""Links say where they lead, and text reads as what it is."""

from __future__ import annotations

import pytest

from app.core.markdown import render, visible
from app.core.targets import target_of


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("https://Example.org/a?b#c", "example.org"),
        ("HTTP://example.org:8080", "example.org"),
        ("https://bank.example@evil.example/x", "evil.example"),
        ("https://bank.example%5C@evil.example/x", "evil.example"),
        ("//evil.example/x", "evil.example"),
        ("///evil.example/x", "evil.example"),
        ("https:evil.example", "evil.example"),
        ("https:/evil.example", "evil.example"),
        ("https://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("https://%65vil.example/", "evil.example"),
        ("mailto:mallory@evil.example?subject=x", "mallory@evil.example"),
        ("/messages/1", ""),
        ("#m-1", ""),
    ],
)
def test_the_target_of_an_address(href: str, target: str) -> None:
    assert target_of(href) == target


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[our bank](https://evil.example/x)", "(evil.example)"),
        ("[bank.example](https://evil.example)", "(evil.example)"),
        ("[bank.example](https://bank.example.evil.example)", "(bank.example.evil.example)"),
        ("https://bank.example@evil.example/", "(evil.example)"),
        ("[**bold** `code`](https://evil.example)", "(evil.example)"),
        ("![a picture](https://evil.example/p.png)", "(evil.example)"),
        ("[write us](mailto:mallory@evil.example)", "(mallory@evil.example)"),
        ("https://xn--80ak6aa92e.com/", "(xn--80ak6aa92e.com)"),
        (f"[x](https://{'a.' * 90}evil.example)", "a.evil.example)"),
    ],
)
def test_a_link_that_says_something_else_shows_its_target(text: str, shown: str) -> None:
    html = render(text)
    assert 'class="target"' in html and shown in html and 'rel="noopener noreferrer nofollow"' in html
    assert html.count("<a ") == 1


@pytest.mark.parametrize(
    "text",
    ["https://example.org/page", "[example.org](https://example.org/page)", "[here](/messages/1)", "<https://example.org>",
     "[https://example.org/a](https://example.org/a)", "no link at all"],
)  # fmt: skip
def test_a_link_that_says_it_already_does_not_say_it_twice(text: str) -> None:
    assert "target" not in render(text)


def test_text_cannot_be_turned_around_or_hide_anything() -> None:
    turned = render("safe\u202egnp.exe\u2066 and `x\u202dy`")
    assert "\u202e" not in turned and "⟨U+202E⟩gnp.exe⟨U+2066⟩" in turned and "x⟨U+202D⟩y" in turned
    assert "⟨U+202E⟩" in render("```python\n# \u202e\n```")
    assert visible("a\U000e0041\U000e0042b") == "a⟨hidden text⟩b"


@pytest.mark.parametrize(
    "text",
    ["🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "👨\u200d👩", "\u0645\u200c\u06cc", "\u05d0\u200f!",
     "ไทย\u200b"],
)  # fmt: skip
def test_what_scripts_and_emoji_need_is_left_alone(text: str) -> None:
    assert visible(text) == text and text in render(text)
