from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.core.settings import Config
from app.models.inspection import Inspection


@dataclass
class Patient:
    """What is examined, and what earlier checks found out for later ones.

    Attributes:
        stream_url: where browsers reach this server; None when it was not given.
        inspection: facts about the database; None when it cannot be reached.
    """

    config: Config
    stream_url: str | None = None
    inspection: Inspection | None = None


@dataclass(frozen=True)
class Finding:
    """What one check saw, and what to do about it."""

    state: Literal["ok", "warning", "fault", "skipped"]
    seen: str
    mend: str = ""


Check = Callable[[Patient], Finding]


def ok(seen: str) -> Finding:
    return Finding("ok", seen)


def warning(seen: str, mend: str) -> Finding:
    return Finding("warning", seen, mend)


def fault(seen: str, mend: str) -> Finding:
    return Finding("fault", seen, mend)


def skipped(seen: str) -> Finding:
    return Finding("skipped", seen)
