import time
from functools import lru_cache

from app.models import bootstrap, db


def missing() -> list[str]:
    """SQL files that this database lacks or has in another version."""
    applied = db.read("ledger")
    return [name for name, digest in _wanted(int(time.monotonic())).items() if applied.get(name) != digest]


@lru_cache(1)
def _wanted(_second: int) -> dict[str, str]:
    """Hashing all files takes milliseconds: anybody may ask `/readyz`, so it is done once a second at most."""
    return bootstrap.wanted()
