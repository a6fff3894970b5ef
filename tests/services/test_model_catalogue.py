"""What a model is called here when nobody says."""

from __future__ import annotations

from app.services.model_catalogue import name_for


def test_a_name_is_free_and_has_nothing_that_cannot_be_seen() -> None:
    assert name_for("qwen3:8b", set()) == "qwen3:8b"
    assert name_for("Qwen 3", {"qwen-3"}) == "Qwen-3-2"
    assert name_for("a\u202eb\u200bc\x00", set()) == "abc"
    assert name_for(" \u200b ", set()) == "model"
