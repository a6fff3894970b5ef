"""Tokens of links: 32 random bytes of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from app.models import accounts

VERIFY_SECONDS, RESET_SECONDS = 86_400, 3_600


def make() -> tuple[str, bytes]:
    """A new token and what is stored of it."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def peek(token: str, purpose: str) -> dict[str, Any] | None:
    """What a token is good for, for who holds it: `{email, role, username, expires_at}`, or None."""
    return accounts.peek(digest(token), purpose)
