from __future__ import annotations

from app.core.markdown import render
from app.services.mentions import mentioned


def test_names_after_an_at() -> None:
    assert mentioned("@Bob, ask @palaver. or mail bob@example.org; see a/@path, @bob") == (["bob", "palaver"], False)
    assert mentioned("@日本 @a.b-c_d! @") == (["a.b-c_d", "日本"], False)
    assert mentioned("nobody at all") == ([], False)
    assert mentioned("**@bob**\n\n- @carol") == (["bob", "carol"], False)


def test_everybody() -> None:
    assert mentioned("hear me @all, and @bob") == (["bob"], True)
    assert mentioned("all@example.org or x@all.example") == ([], False)


def test_code_and_links_call_nobody() -> None:
    assert mentioned("`@all` and ``x ` @all``") == ([], False)
    assert mentioned("```py\n@all\n```\nand @bob") == (["bob"], False)
    assert mentioned("~~~\n@all") == ([], False)
    assert mentioned("    @all indented") == ([], False)
    assert mentioned("[@all](https://example.org) https://example.org/@bob") == ([], False)
    assert mentioned("a single ` is no code: @all") == ([], True)


def test_quotations_call_nobody_again() -> None:
    assert mentioned("> **Anna**:\n> @palaver, @all?\n> > @bob\n\nI do not know, @carol") == (["carol"], False)
    html = render("> @bob asks\n\n@bob?", {"bob": "id-of-bob"})
    assert html.count('class="mention"') == 1 and "<p>@bob asks</p>" in html


def test_a_long_text_of_backticks_is_read_in_time() -> None:
    assert mentioned("`" * 20_000 + " @all " + "` " * 20_000)[1] in (True, False)


def test_pages_mark_those_who_are_mentioned_and_nobody_else() -> None:
    html = render("@Bob. and @carol, `@bob` <b>@bob</b>", {"bob": "id-of-bob"})
    assert html.count('<span class="mention" data-user="id-of-bob">@Bob</span>.') == 1
    assert html.count('class="mention"') == 2 and "@carol" in html and "<code>@bob</code>" in html
    assert "mention" not in render("@bob")
    assert 'data-user="all">@all</span>' in render("@all", {"all": "all"})
    assert 'data-user="&quot;' in render("@x", {"x": '"><script>'}) and "<script" not in render(
        "@x", {"x": '"><script>'}
    )
