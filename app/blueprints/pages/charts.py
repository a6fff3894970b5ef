"""Bars that a page draws without scripts: places in an SVG of 100 by 100, and what each of them says."""

from __future__ import annotations

from typing import Any

# Of the width that a bar may take; the rest is the gap to the next one.
FILLED = 0.78


def bars(days: list[dict[str, Any]], shown: str) -> dict[str, Any]:
    """A bar for each day: `{most, bars: [{x, width, y, height, upper, said}]}`.

    Args:
        shown: tokens (in two parts, read and written), requests or money. `upper` is the height of the written part.
    """
    most = max((value(day, shown) for day in days), default=0)
    step = 100 / max(1, len(days))
    drawn = [_bar(day, shown, most, n * step, step * FILLED) for n, day in enumerate(days)]
    return {"most": quantity(most, shown), "bars": drawn, "is_empty": not most}


def _bar(day: dict[str, Any], shown: str, most: float, x: float, width: float) -> dict[str, Any]:
    height = 100 * value(day, shown) / most if most else 0
    upper = 100 * day["output_tokens"] / most if most and shown == "tokens" else 0
    return {
        "x": round(x, 3), "width": round(width, 3), "y": round(100 - height, 3), "height": round(height, 3),
        "upper": round(upper, 3), "said": f"{day['name']}: {quantity(value(day, shown), shown)}",
    }  # fmt: skip


def shares(rows: list[dict[str, Any]], shown: str) -> list[dict[str, Any]]:
    """The rows with the length of a bar beside each: the largest has 100."""
    most = max((value(row, shown) for row in rows), default=0)
    return [row | {"share": round(100 * value(row, shown) / most, 2) if most else 0} for row in rows]


def value(sums: dict[str, Any], shown: str) -> float:
    """What is drawn of usage."""
    return sums["input_tokens"] + sums["output_tokens"] if shown == "tokens" else sums[shown]


def quantity(amount: float, unit: str) -> str:
    """`1,234 tokens`, `0.05 in money`."""
    if unit == "money":
        return f"{money(amount)} in money"
    return f"{amount:,.0f} {unit.removesuffix('s') if amount == 1 else unit}"


def money(amount: float) -> str:
    """With two digits behind the point, or four where there is less than one."""
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.4f}"


def duration(seconds: float) -> str:
    """`48 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
