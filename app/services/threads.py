"""Threads: reading one, a page at a time, and naming it."""

from __future__ import annotations

from typing import Any

from app.core.actor import Actor
from app.models import threads

SELECTED = "selected"


def tree(
    actor: Actor, root: str, after: int | None = None, before: int | None = None, limit: int = 200,
    branch: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page of a thread in chronological order: `{root_id, thread, items, next, previous, selected_leaf_id}`.

    Args:
        branch: "selected" is the branch that the actor looks at, a message's id the one that leads through it; None is
            everything.
    """
    through = branch if branch != SELECTED else None
    return threads.tree(actor.id, root, after, before, limit, branch is not None, through)


def rename(actor: Actor, root: str, title: str | None) -> dict[str, Any]:
    """Give a thread a title, or take it away."""
    return threads.rename(actor.id, root, title)
