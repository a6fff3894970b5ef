"""Tables and JSON for people and programs at a terminal."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write aligned columns; the last one may be as long as it likes."""
    lines = [list(head), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        click.echo("  ".join(cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(line)).rstrip())


def plain(value: Any) -> str:
    """A value as text that cannot steer the terminal: names and browsers' own words come from strangers."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def minute(time: str | None) -> str:
    """A time of the database (RFC 3339, UTC) to the minute."""
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M") if time else ""


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(number: int, noun: str) -> str:
    """`1 session`, `2 sessions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _width(text: str) -> int:
    """Columns it takes: East Asian wide characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(bool(unicodedata.combining(char)) for char in text)
