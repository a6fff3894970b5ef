from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.errors import Invalid
from app.core.folding import folded, occurrences
from app.services import search
from app.services.search import highlight
from app.services.typed import Typed, parse


def marked(content: str, *terms: str) -> str:
    return "".join(f"[{piece['text']}]" if piece["hit"] else piece["text"] for piece in highlight(content, list(terms)))


def test_what_is_typed_is_taken_apart() -> None:
    asked = 'rain "in the barrel" -winter -"old roof" from:@anna has:code before:2026-11-01 AFTER:2026-10-01 in:"Big Garden"'
    assert parse(asked) == Typed(
        words=["rain"], phrases=["in the barrel"], without=["winter", "old roof"], title="Big Garden", author="@anna",
        before=date(2026, 11, 1), since=date(2026, 10, 1), has_code=True,
    )  # fmt: skip
    assert parse("from:assistant in:Garden") == Typed(is_answer=True, title="Garden")


def test_what_is_no_filter_is_text() -> None:
    assert parse("note:this has:wheels https://a.example/b from: -in:x 10:30").words == [
        "note:this", "has:wheels", "https://a.example/b", "from:", "10:30",
    ]  # fmt: skip
    assert parse("-in:x").without == ["in:x"]
    assert parse('"open').phrases == ["open"]
    assert parse("- \"\" ''") == Typed(words=["-", "''"])
    for wrong in ("before:yesterday", "after:2026-13-01"):
        with pytest.raises(Invalid, match="no date"):
            parse(wrong)


def test_hits_are_marked() -> None:
    assert marked("The quick brown fox", "quick", "fox") == "The [quick] brown [fox]"
    assert marked("Das ÜBERGROẞE Café, naïve", "cafe", "uber") == "Das [ÜBER]GROẞE [Café], naïve"
    assert marked("昨日、東京都に行きました", "東京") == "昨日、[東京]都に行きました"
    assert marked("Съешь ещё этих", "еще") == "Съешь [ещё] этих"
    assert marked("call internal.emit(x)", "internal emit") == "call [internal.emit](x)"
    assert marked("السَّلَامُ عَلَيْكُم", "السلام") == "[السَّلَامُ] عَلَيْكُم"
    assert marked("cafe\u0301s e\u0301t\u0301", "ete", "cafe") == "[cafe\u0301]s e\u0301t\u0301"
    assert marked("fine ﬁne", "fin") == "[fin]e [ﬁn]e"
    assert marked("<b>&amp;</b> b", "b") == "<[b]>&amp;</[b]> [b]"
    assert marked("nothing here", "x") == "nothing here" == marked("nothing here")
    assert marked("", "x") == ""


def test_a_long_text_is_shown_around_its_first_hit() -> None:
    text = marked("word " * 200 + "needle " + "word " * 200, "needle")
    assert text.startswith("…word") and text.endswith("…") and "[needle]" in text and len(text) < 320


def test_every_place_is_in_the_text() -> None:
    for text in ("ﬃ İstanbul ½ 한국어 e\u0301 \u0301 🎉👍🏽", "\u0000\ud7ff𝔘nicode ẞ"):
        line, places = folded(text)
        assert len(line) == len(places) and places == sorted(places) and all(0 <= p < len(text) for p in places)
    assert occurrences("aaa aa", ["aa"]) == [(0, 2), (4, 6)]


def test_plain_text_folds_as_any_other() -> None:
    every = "".join(map(chr, range(128)))
    line, places = folded(every)
    other, elsewhere = folded(every + "é")
    assert (line + "e", [*places, 128]) == (other, elsewhere)
    assert line.strip().split() == ["0123456789", "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"]


def test_long_results_are_marked_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred messages of 64 KiB stopped every stream of the process for more than a second."""
    beside: list[int] = []

    def apart(function: Any, texts: list[str], terms: list[str]) -> Any:
        beside.append(len(texts))
        return function(texts, terms)

    monkeypatch.setattr(search, "off_the_loop", apart)
    for text, count in (("a needle", 0), ("hay " * 5_000 + "needle", 1)):
        found = {"items": [{"content": text}], "terms": ["needle"], "next": None}
        monkeypatch.setattr(search.search, "messages", lambda *_, found=found: dict(found))
        page = search.messages(SimpleNamespace(id="a"), "needle")  # type: ignore[arg-type]
        assert {"text": "needle", "hit": True} in page["items"][0]["highlight"] and sum(beside) == count
