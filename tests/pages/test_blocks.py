"""Markdown of answers that grow."""

from __future__ import annotations

import random

import pytest

from app.blueprints.pages.blocks import Answers, complete, utf16


@pytest.mark.parametrize(
    "text,rest",
    [
        ("", ""),
        ("One paragraph\nof two lines", "One paragraph\nof two lines"),
        ("One\n\n", "One\n\n"),
        ("One\n\nTwo", "Two"),
        ("One\n\nTwo\n\nThree", "Three"),
        ("- a\n\n  more of a\n\n", "- a\n\n  more of a\n\n"),
        ("- a\n\n  more of a\n\nNext", "Next"),
        ("```python\na\n\nb", "```python\na\n\nb"),
        ("```python\na\n\nb\n```\n", "```python\na\n\nb\n```\n"),
        ("```python\na\n\nb\n```\nNext", "Next"),
        ("````\n```\n\nstill code", "````\n```\n\nstill code"),
        ("Text\n```\na\n\nb", "```\na\n\nb"),
        ("~~~\na\n~~~\n\nNext\n\n```\nx", "```\nx"),
        ("1. a\n   ```\n   x\n\ny", "1. a\n   ```\n   x\n\ny"),
        ("| a |\n|---|\n| 1 |\n\nNext", "Next"),
    ],
)
def test_a_block_is_complete_when_the_next_has_begun(text: str, rest: str) -> None:
    assert text[complete(text) :] == rest


def test_lengths_are_those_of_javascript() -> None:
    assert utf16("a😀é") == 4


ANSWER = "# Title 😀\n\nText **bold**.\n\n```python\nx = 1\n\ny = 2\n```\nAfter\n\n1. a\n2. b\n\n> quote\n\nLast"


def test_however_it_is_cut_every_character_is_shown_once() -> None:
    for seed in range(50):
        chance, answers = random.Random(seed), Answers(lambda text: text)
        at, idx, shown, end = 0, 0, "", 0
        while at < len(ANSWER):
            piece = ANSWER[at : at + chance.randint(1, 9)]
            said = answers.delta({"message_id": "m", "idx": idx, "content": piece})
            if "html" in said:
                assert said["start"] == end
                shown, end = shown + said["html"], said["end"]
            at, idx = at + len(piece), idx + 1
        assert shown + "Last" == ANSWER and end == utf16(shown)


def test_a_reader_who_comes_later_continues_from_the_snapshot() -> None:
    answers = Answers(lambda text: text)
    state = answers.snapshot({"message_id": "m", "content": "One 😀\n\nTw", "next_idx": 7})
    assert (state["html"], state["end"]) == ("One 😀\n\n", 8)
    assert answers.delta({"message_id": "m", "idx": 6, "content": "w"}).get("html") is None
    said = answers.delta({"message_id": "m", "idx": 7, "content": "o\n\nThree"})
    assert (said["html"], said["start"], said["end"]) == ("Two\n\n", 8, 13)


def test_after_a_hole_text_stays_text_until_the_next_snapshot() -> None:
    answers = Answers(lambda text: text)
    answers.delta({"message_id": "m", "idx": 0, "content": "One"})
    assert "html" not in answers.delta({"message_id": "m", "idx": 2, "content": "\n\nTwo"})
    answers.snapshot({"message_id": "m", "content": "One\n\nTwo", "next_idx": 3})
    assert answers.delta({"message_id": "m", "idx": 3, "content": "\n\nThree"})["html"] == "Two\n\n"
