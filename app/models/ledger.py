from app.models import bootstrap, db


def missing() -> list[str]:
    """SQL files that this database lacks or has in another version."""
    applied = db.read("ledger")
    return [name for name, digest in bootstrap.wanted().items() if applied.get(name) != digest]
