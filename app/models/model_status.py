"""What the local model is doing, as every page shows it."""

from typing import Any

from app.models import db


def get_status() -> dict[str, Any]:
    """`{name, state, detail, done_bytes, total_bytes, updated_at}`."""
    return db.read("model_status")


def set_status(name: str, state: str, detail: str = "", done_bytes: int = 0, total_bytes: int = 0) -> dict[str, Any]:
    """Replace the status and tell every page.

    Args:
        state: none, external, waiting, fetching, loading, ready or failed.
    """
    return db.write("model_status_set", name, state, detail, done_bytes, total_bytes)
