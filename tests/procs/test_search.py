from __future__ import annotations

from typing import Any

import pytest

from app.core import errors
from app.models import conversations, messages, search
from tests.databases import Database
from tests.procs.conftest import post, reply


def find(actor: str, *words: str, limit: int = 20, after: str | None = None, **more: Any) -> dict[str, Any]:
    given = {
        "phrases": [], "without": [], "conversation": None, "title": None, "author": None, "is_answer": False,
        "has_code": False, "before": None, "since": None,
    } | more  # fmt: skip
    return search.messages(actor, list(words), after=after, limit=limit, **given)


def said(actor: str, *words: str, **more: Any) -> list[str]:
    """The texts that are found, newest first."""
    return [m["content"] for m in find(actor, *words, **more)["items"]]


# A sentence, and what shall find it: words, their parts, two characters of a script without spaces.
LANGUAGES = {
    "english": ("The quick brown fox jumps over the gardening fence", ["QUICK", "bro", "arden", "fence fox", "j"]),
    "german": ("Das Übergrößenträger-Problem in Köln", ["koln", "übergrößen", "größen", "problem", "träger-problem"]),
    "russian": ("Съешь ещё этих мягких французских булок", ["булок", "французск", "цузс", "ЕЩЕ", "мягких"]),
    "arabic": ("السَّلَامُ عَلَيْكُم يا أصدقاء", ["السلام", "عليكم", "سلام", "اصدقاء"]),
    "hebrew": ("שלום לכולם, מה נשמע?", ["שלום", "כולם", "נשמע"]),
    "japanese": (
        "昨日、東京都に行きました。Python入門を読む",
        ["東京", "東京都", "行きました", "読", "python", "入門", "ython"],
    ),
    "chinese": ("我们明天讨论机器学习的项目", ["讨论", "机器学习", "项目", "我"]),
    "korean": ("서울에서 만나요 그리고 커피", ["서울", "만나요", "커피", "울에"]),
    "thai": ("ฉันรักภาษาไทยมาก", ["ภาษา", "ไทย"]),
    "emoji": ("Great work 🎉👍🏽 thanks", ["🎉", "great", "🎉👍🏽"]),
    "wide": ("ＰＡＬＡＶＥＲ ﬁne", ["palaver", "fine"]),
    "code": ("call `internal.emit(topic)` from snake_case", ["internal.emit", "emit", "snake_case", "mit(top"]),
}


def test_languages_words_and_parts_of_words(anna: str, group: str) -> None:
    for sentence, _ in LANGUAGES.values():
        post(anna, group, sentence)
    missed = [
        (language, part) for language, (sentence, parts) in LANGUAGES.items() for part in parts
        if sentence not in said(anna, *part.split())
    ]  # fmt: skip
    assert missed == []
    for nothing in ("quack", "京都東", "学机", "булки", "emit.internal", "🎈", "울서"):
        assert said(anna, nothing) == [], nothing


def test_phrases_and_words_that_must_be_missing(anna: str, group: str) -> None:
    post(anna, group, "the rain water barrel is full")
    post(anna, group, "water the plants, rain or not")
    assert len(said(anna, "rain", "water")) == 2
    assert said(anna, phrases=["rain water"]) == ["the rain water barrel is full"]
    assert said(anna, phrases=["rain wat"]) == []  # a phrase is of whole words
    assert said(anna, "rain", without=["barrel"]) == ["water the plants, rain or not"]
    assert said(anna, "rain", without=["full", "plants"]) == []


def test_filters(anna: str, bob: str, group: str, database: Database) -> None:
    shed = conversations.create(anna, "group", "Shed", [bob], None)["id"]
    old = post(anna, group, "plan of beds")
    post(bob, group, "plan in code:\n```python\nplan()\n```")
    post(bob, shed, "plan of the shed, `inline`")
    database.query("update palaver.messages set role = 'assistant' where id = %s", old["id"])
    database.query(
        "update palaver.search set is_answer = true, created_at = '2026-01-02T03:00Z' where message_id = %s", old["id"]
    )
    both = {old["content"], "plan in code:\n```python\nplan()\n```"}
    assert set(said(anna, "plan", conversation=group)) == both == set(said(anna, "plan", title="garden"))
    assert (
        len(said(anna, "plan", author="@BOB"))
        == 2
        == len(said(anna, "plan", author=bob))
        == len(said(bob, author="me"))
    )
    assert len(said(anna, "plan", has_code=True)) == 2 == len(said(anna, has_code=True))
    assert said(anna, is_answer=True) == ["plan of beds"] == said(anna, "beds", is_answer=True)
    assert said(anna, "plan", before="2026-01-03T00:00Z") == ["plan of beds"] == said(anna, before="2026-01-03T00:00Z")
    assert len(said(anna, "plan", since="2026-01-03T00:00Z")) == 2
    assert said(anna, "plan", since="2026-01-02T00:00Z", before="2026-01-02T01:00Z") == []
    assert said(anna, "plan", title="Shed", author="bob", has_code=True) == ["plan of the shed, `inline`"]
    assert said(anna, "plan", author="nobody") == []


def test_a_result_says_where_it_is(anna: str, bob: str) -> None:
    direct = conversations.create(anna, "direct", None, [bob], None)["id"]
    root = post(anna, direct, "about the roof")
    answer = reply(bob, root["id"], "it leaks")
    page = find(anna, "leaks")
    [item] = page["items"]
    assert item["id"] == answer["id"] and item["conversation"] == {"id": direct, "kind": "direct", "title": "bob"}
    assert item["thread"] == {"root_id": root["id"], "title": None, "excerpt": "about the roof"}
    assert page["terms"] == ["leaks"] and page["next"] is None
    assert len(find(anna, "leaks", title="bob")["items"]) == 1


def test_only_members_find_anything(anna: str, bob: str, carol: str, group: str, database: Database) -> None:
    post(anna, group, "the secret of the garden")
    assert said(bob, "secret") == ["the secret of the garden"]
    assert said(carol, "secret") == [] == said(carol, author=anna)
    for where in ({"conversation": group}, {"title": "Garden"}):
        assert said(bob, "secret", **where)
        with pytest.raises(errors.NotFound):
            find(carol, "secret", **where)
    database.query("update palaver.members set left_at = now() where user_id = %s", bob)
    assert said(bob, "secret") == [] and said(anna, "secret")
    with pytest.raises(errors.NotFound):
        find(bob, "secret", conversation=group)
    database.query("update palaver.users set disabled_at = now() where id = %s", anna)
    assert said(anna, "secret") == []


def test_changed_deleted_and_growing_messages(anna: str, group: str, database: Database) -> None:
    message = post(anna, group, "the first wording")
    newer = post(anna, group, "another wording")
    messages.edit(anna, message["id"], "a second wording with `code`", [], False, False)
    assert said(anna, "first") == [] and said(anna, "second", has_code=True)
    messages.delete(anna, message["id"])
    assert said(anna, "second") == [] and said(anna, "wording") == ["another wording"]
    assert database.query("select words from palaver.search where message_id = %s", message["id"]) == [(None,)]
    messages.restore(anna, message["id"], 30)
    assert [m["id"] for m in find(anna, "wording")["items"]] == [newer["id"], message["id"]]  # where it was
    change = "update palaver.messages set status = %s where id = %s"
    database.query(change, "streaming", message["id"])
    assert said(anna, "second") == []
    database.query(change, "interrupted", message["id"])
    assert len(said(anna, "second")) == 1
    database.query("delete from palaver.messages where id = %s", message["id"])
    assert said(anna, "second") == [] and database.query("select count(*) from palaver.search") == [(1,)]


def test_pages_have_no_holes_while_others_post(anna: str, bob: str, group: str) -> None:
    made = [post(anna, group, f"apple number {n}")["id"] for n in range(23)]
    seen, after = [], None
    while True:
        page = find(bob, "apple", limit=5, after=after)
        seen += [m["id"] for m in page["items"]]
        post(anna, group, "a new apple")
        if (after := page["next"]) is None:
            break
    assert seen == made[::-1]


def test_a_page_over_several_shares_of_the_time_line(anna: str, group: str, database: Database) -> None:
    """Shares have 32,768 places; here they are nearly empty, and the conversation too large to be looked through at once."""
    made = []
    for n in range(12):
        made.append(post(anna, group, f"pear {n}" + " of the rain water" * (n % 2))["id"])
        database.query(
            "select setval('palaver.search_place_seq', (select last_value + 10000 from palaver.search_place_seq))"
        )
    assert [m["id"] for m in find(anna, "pear")["items"]] == made[::-1]
    database.query("update palaver.topics set seq = 1000000 where id = %s", group)
    for more in (
        {},
        {"conversation": group},
        {"without": ["apple"]},
        {"author": "anna"},
        {"since": "2020-01-01T00:00Z"},
    ):
        seen, after = [], None
        while True:
            page = find(anna, "pear", limit=5, after=after, **more)
            seen += [m["id"] for m in page["items"]]
            if (after := page["next"]) is None:
                break
        assert seen == made[::-1], more
    assert len(said(anna, phrases=["rain water"])) == 6
    assert len(said(anna, since="2020-01-01T00:00Z", without=["rain"])) == 6


def test_hostile_input(anna: str, group: str) -> None:
    post(anna, group, "100% of a_b c\\d 'quoted' \"doubled\" & | ! ( ) <-> :* done")
    hostile = [
        "&",
        "|",
        "!done",
        "a & !c",
        "done:*",
        "(",
        "'",
        "''",
        "\\",
        "\\'",
        "%",
        "_",
        "<->",
        "100%",
        "a_b",
        "c\\d",
        "done'",
        "=b0",
    ]
    for text in hostile:
        assert len(said(anna, text, "done")) == (text not in ("a & !c", "=b0")), text
        assert said(anna, text, "undone") == []
        said(anna, "done", phrases=[text], without=[text])
    assert said(anna, "%done%", "100_") == said(anna, "done")
    assert said(anna, "done" * 2_500) == [] == said(anna, *["done"] * 100, "x")
    assert said(anna, "'); drop table palaver.search; --") == []
    with pytest.raises(errors.Invalid):
        find(anna, "done", after="elsewhere")


def test_something_must_be_asked(anna: str, group: str) -> None:
    assert said(anna, "hello") == [] and post(anna, group)
    for nothing in ({}, {"title": "Garden"}, {"without": ["hello"]}):
        with pytest.raises(errors.Invalid, match="Type a word"):
            find(anna, **nothing)
    with pytest.raises(errors.Invalid, match="Type a word"):
        find(anna, "?!", "...")


def test_long_texts(anna: str, group: str) -> None:
    post(anna, group, "begin " + "x" * 300 + " " + "word " * 12_000 + "ending")
    post(anna, group, "始まり" + "漢字" * 32_000 + "終わり")
    assert len(said(anna, "x" * 70)) == 1 == len(said(anna, "ending"))
    assert len(said(anna, "終わり")) == 1 == len(said(anna, "始まり"))


def test_an_older_database_is_indexed_by_bootstrap(database: Database, anna: str, group: str) -> None:
    from pathlib import Path

    post(anna, group, "said before")
    schema = Path("scripts/pg/schema/0024_search.sql").read_text()
    database.query("delete from palaver.search; delete from palaver.search_words")
    assert said(anna, "before") == []
    database.query(
        schema[
            schema.index("insert into palaver.search (message_id, conv") : schema.index("-- Without a list")
        ].replace("%", "%%")
    )
    assert said(anna, "befor") == ["said before"]
