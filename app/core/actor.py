"""Who asks: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Actor:
    """A signed-in user.

    Attributes:
        id: the user's id.
        session: the session row as JSON (`id`, `expires_at`, …); empty for who came with a key.
        user: the user as JSON (`username`, `display_name`, `role`, …).
        key: the API key as JSON (`id`, `name`, `scopes`, …), for who came with one instead of a session.
    """

    id: str
    session: dict[str, Any]
    user: dict[str, Any]
    key: dict[str, Any] | None = None

    @property
    def credential_id(self) -> str:
        """The id of the session or key: what is counted, and what closes its streams when it ends."""
        return (self.key or self.session)["id"]

    # What flask-login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.id
