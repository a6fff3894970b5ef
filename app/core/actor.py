"""Who asks: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Actor:
    """A signed-in user.

    Attributes:
        id: the user's id.
        session: the session row as JSON (`id`, `expires_at`, …).
        user: the user as JSON (`username`, `display_name`, `role`, …).
    """

    id: str
    session: dict[str, Any]
    user: dict[str, Any]

    # What flask-login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.id
