"""What models were asked for, by whom and when; how much of each budget is left."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.core.actor import Actor
from app.core.errors import Invalid
from app.models import budgets, usage

DAYS = 30
MOST_DAYS = 366
NUMBERS = ("requests", "answers", "input_tokens", "output_tokens", "seconds", "money", "completed", "cancelled",
           "timed_out", "interrupted", "failed")  # fmt: skip
COLUMNS = ("day", "user_name", "assistant_name", "model_name", "kind", *NUMBERS)
# What a table of the office would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def own(actor: Actor, first: date | None = None, last: date | None = None, by: str = "day") -> dict[str, Any]:
    """One's own usage: `{from, to, by, items, total, budgets}`.

    Args:
        first: the first day (UTC); without it, 30 days are told.
        last: the last day, today without it.
        by: day, model, assistant or kind.

    Raises:
        Invalid: the last day is before the first, or they are more than a year apart.
    """
    days = span(first, last)
    return days | {"by": by} | usage.own(actor.id, days | {"by": by}) | {"budgets": budgets.left(actor.id)}


def everybody(actor: Actor | None, first: date | None = None, last: date | None = None, by: str = "user",
              **chosen: str | None) -> dict[str, Any]:  # fmt: skip
    """Everybody's usage, for administrators; None is the operator at the command line.

    Args:
        by: user, assistant, model, kind or day.
        chosen: any of user_id, assistant_id, model (its name) and kind.

    Raises:
        Forbidden: not an administrator.
        Invalid: as `own` does.
    """
    days = span(first, last)
    asked = days | {"by": by} | {name: value for name, value in chosen.items() if value}
    return days | {"by": by} | (usage.everybody(actor.id, asked) if actor else usage.as_operator(asked))


def export(actor: Actor, first: date | None, last: date | None, **chosen: str | None) -> Iterator[str]:
    """All of it as CSV, a row for each day, user, assistant, model and kind; it is read day by day while it is sent.

    Raises:
        Forbidden, Invalid: as `everybody` does, before the first line.
    """
    days = span(first, last)
    begin, end = (date.fromisoformat(days[name]) for name in ("from", "to"))
    given = {name: value for name, value in chosen.items() if value}
    found = usage.detail(actor.id, given | {"from": days["from"], "to": days["from"]})
    return _lines(actor, given, found, begin, end)


def span(first: date | None, last: date | None) -> dict[str, str]:
    """`{from, to}` as the database takes them."""
    last = last or datetime.now(UTC).date()
    try:
        first = first or last - timedelta(days=DAYS - 1)
    except OverflowError:
        first = last
    if first > last:
        raise Invalid("The last day is before the first one.")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("At most 366 days can be asked for at once.")
    return {"from": first.isoformat(), "to": last.isoformat()}


def by_day(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Every day of what was told by day, also those on which nothing was asked for."""
    found = {item["name"]: item for item in told["items"]}
    first, last = (date.fromisoformat(told[name]) for name in ("from", "to"))
    days = ((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))
    return [found.get(day) or {"name": day} | dict.fromkeys(NUMBERS, 0) for day in days]


def table(columns: tuple[str, ...], rows: list[dict[str, Any]], head: bool = True) -> str:
    """Rows as CSV."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    if head:
        writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return kept.getvalue()


def _lines(actor: Actor, given: dict[str, str], found: list[dict[str, Any]], day: date, end: date) -> Iterator[str]:
    yield table(COLUMNS, found)
    while day < end:
        day += timedelta(days=1)
        given = given | {"from": day.isoformat(), "to": day.isoformat()}
        yield table(COLUMNS, usage.detail(actor.id, given), head=False)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
