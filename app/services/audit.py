"""Reading the audit log. Writing it is the business of whatever is done (`internal.audit`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models import audit

BATCH = 500


def page(actor: Actor | None, chosen: dict[str, Any], after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Newest first: `{items, next}`.

    Args:
        actor: an administrator; None is the operator at the command line.
        chosen: any of action (a kind, or the noun before its dot), actor (a name), since, until.

    Raises:
        Forbidden: not an administrator.
        Invalid: `after` is not a `next` of ours.
    """
    if after is not None and not (after.isdecimal() and len(after) < 19):
        raise Invalid("after: give the `next` of the page before.")
    start = int(after) if after else None
    return audit.page(actor.id, chosen, start, limit) if actor else audit.export(chosen, start, limit)


def lines(actor: Actor | None, chosen: dict[str, Any]) -> Iterator[bytes]:
    """Every entry as a line of JSON, newest first. The first page is read at once, so that a refusal is an answer.

    Raises:
        Forbidden: not an administrator.
    """
    first = page(actor, chosen, None, BATCH)
    audit.note(actor.id if actor else None, "audit.exported", filter=chosen)
    return _lines(actor, chosen, first)


def _lines(actor: Actor | None, chosen: dict[str, Any], found: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield b"".join(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE) for entry in found["items"])
        if not found["next"]:
            return
        found = page(actor, chosen, found["next"], BATCH)
