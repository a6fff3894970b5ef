"""Argon2id at OWASP's parameters (19 MiB, 2 passes, 1 lane), off the event loop."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.core.offload import off_the_loop

# One hash is some 20-50 ms of CPU.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Compared against when there is no such user, so that both take the same time.
_NOBODY = _hasher.hash("nobody has this password")


def make(password: str) -> str:
    """The PHC string of a password."""
    return off_the_loop(_hasher.hash, password)


def check(stored: str | None, password: str) -> bool:
    """Is this the password? Takes as long when `stored` is None."""
    right = off_the_loop(_verify, stored or _NOBODY, password)
    return right and stored is not None


def is_dated(stored: str) -> bool:
    """Was it hashed with another cost than today's?"""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
