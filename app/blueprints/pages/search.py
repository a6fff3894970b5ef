"""Finding what was said: the box in the list, and the page of its results."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.shell import page, uuid_of
from app.core.errors import PalaverError
from app.services import search
from app.services.typed import day

PAGE = 20
FIELDS = ("q", "conversation", "author", "after_date", "before", "answers", "code")


@blueprint.get("/search")
def find() -> Any:
    """What was found, newest first; without anything asked, what can be asked."""
    asked = {name: request.args.get(name, "").strip() for name in FIELDS}
    if not any(asked.values()):
        return page("search/show.html", asked=asked)
    try:
        found = _find(asked)
    except PalaverError as error:
        return page("search/show.html", asked=asked, error=error), error.status
    older = "/search?" + urlencode(
        {name: value for name, value in asked.items() if value} | {"after": found["next"] or ""}
    )
    return page("search/show.html", asked=asked, found=found, older=older)


def _find(asked: dict[str, str]) -> dict[str, Any]:
    return search.messages(
        actor(), asked["q"], uuid_of(asked["conversation"]), asked["author"] or None, _day(asked["before"]),
        _day(asked["after_date"]), "code" if asked["code"] else None, "assistant" if asked["answers"] else None,
        request.args.get("after") or None, PAGE,
    )  # fmt: skip


def _day(text: str) -> date | None:
    return day(text) if text else None
