"""Answers that are ready as the database made them.

A schema's dump of a page of 500 messages takes four fifths of the processor time of the whole request, to copy what is in
the right shape already. Such a view is marked; its schema still describes it, and `tests/blueprints/test_ready.py` holds
real answers of every marked view against its schema, so that neither can change alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app


def ready(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer what the view returns without dumping it by the schema above; for answers with status 200."""

    @wraps(view)
    def call(*args: Any, **more: Any) -> Any:
        return current_app.json.response(view(*args, **more))

    call.is_ready = True  # type: ignore[attr-defined]
    return call
