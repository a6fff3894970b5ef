"""Calls of tools in an answer. Whoever holds the lease runs them; people decide about them."""

from typing import Any

from psycopg2.extras import Json

from app.models import db


def context(lease: str, is_on: bool) -> dict[str, Any] | None:
    """`{tools, calls, usage}`; `is_on` is what the configuration says of the feature."""
    return db.read("tool_context", lease, is_on)


def begin(
    lease: str, calls: list[dict[str, Any]], next_idx: int, text_length: int, usage: dict[str, Any] | None = None
) -> list[dict[str, Any]] | None:
    """`usage`: what the answer has cost so far."""
    return db.write("tool_calls_begin", lease, Json(calls), next_idx, text_length, Json(usage) if usage else None)


def start(lease: str, call: str) -> dict[str, Any] | None:
    """How the call's server is reached; None when it must not run."""
    return db.write("tool_call_start", lease, call)


def end(lease: str, call: str, output: str, is_failed: bool) -> bool:
    return db.write("tool_call_end", lease, call, output, is_failed)


def wait(lease: str, usage: dict[str, Any] | None) -> bool:
    """Give the answer back until somebody has decided; False when nothing is left to decide."""
    return db.write("tool_calls_wait", lease, Json(usage) if usage else None)


def decide(actor: str, call: str, is_allowed: bool) -> dict[str, Any]:
    return db.write("tool_call_decide", actor, call, is_allowed)
