from __future__ import annotations

from tests.conftest import Person


def test_without_gunicorn_there_is_an_answer_that_says_what_to_do(anna: Person, stranger: Person) -> None:
    answer = anna.get("/api/stream")
    assert (answer.status_code, answer.json["code"]) == (503, "PV.UNAVAILABLE")
    assert "scripts/run" in answer.json["detail"]
    assert stranger.get("/api/stream").status_code == 401
