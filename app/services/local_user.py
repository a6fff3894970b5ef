"""The one user of a server without accounts (feature `auth_v1` off)."""

from __future__ import annotations

from app.core.actor import Actor
from app.models import local_user

# His session does not end by itself.
SECONDS = 60.0


def actor() -> tuple[Actor, float]:
    """Who asks, whoever asks: an administrator at this machine; and for how many seconds that may be believed."""
    found = local_user.actor()
    return Actor(found["user"]["id"], found["session"], found["user"]), SECONDS
