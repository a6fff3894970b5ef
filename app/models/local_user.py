from typing import Any

from app.models import db


def actor() -> dict[str, Any]:
    """`{user, session}` of the one user of a server without accounts; made when first asked for."""
    return db.read("local_actor")
