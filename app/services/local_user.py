"""The one user of a server without accounts (feature `auth_v1` off)."""

from __future__ import annotations

from app.core.actor import Actor
from app.models import local_user


def actor() -> Actor:
    """Who asks, whoever asks: an administrator at this machine."""
    found = local_user.actor()
    return Actor(found["user"]["id"], found["session"], found["user"])
