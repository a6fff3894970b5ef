"""Titles that a model gives to threads."""

from typing import Any

from app.models import db


def request(answer: str) -> bool:
    return db.write("title_request", answer)


def begin(lease: str) -> dict[str, Any] | None:
    """What the title is made of; None when none is needed any more, and the job is gone."""
    return db.write("title_begin", lease)


def finish(lease: str, title: str | None, made_of: list[str]) -> bool:
    return db.write("title_finish", lease, title, db.uuids(made_of))
