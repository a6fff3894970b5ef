from __future__ import annotations

from typing import Any

import pytest

from app.blueprints.pages.words import left_out
from app.models import answers
from tests.conftest import Person


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        (None, ""),
        ({"given": 3, "dropped": 0}, ""),
        ({"given": 3, "dropped": 12}, "The oldest 12 messages of this thread were left out, because"),
        ({"given": 3, "dropped": 1}, "The oldest message of this thread was left out, because"),
        ({"given": 1, "dropped": 0, "cut": True}, "The middle of the question was left out, because"),
        ({"given": 1, "dropped": 2, "cut": True}, "The oldest 2 messages of this thread and the middle of the question were"),
        ({"given": 1, "dropped": 1, "cut": True}, "The oldest message of this thread and the middle of the question were"),
    ],
)  # fmt: skip
def test_what_was_left_out_is_one_sentence(context: Any, sentence: str) -> None:
    said = left_out({"context": context} if context else {})
    assert said.startswith(sentence) and bool(said) == bool(sentence)


def test_the_page_says_it_at_the_answer(anna: Person) -> None:
    begun = anna.begin(anna.converse(), "hello")
    [row] = answers.claim(1, 60)
    answers.left_out(row["lease"], {"given": 3, "dropped": 12})
    answers.finish(row["lease"], "Hi.", "stop", None, None, None)
    page = anna.get(f"/c/{begun['conversation_id']}/t/{begun['id']}").text
    assert page.count("The oldest 12 messages of this thread were left out") == 1
    assert anna.tree(begun["id"])["items"][1]["context"] == {"given": 3, "dropped": 12}
