from typing import Any

from psycopg2.extras import Json

from app.models import db


def page(actor: str, chosen: dict[str, Any], after: int | None, limit: int) -> dict[str, Any]:
    """Newest first: `{items, next}`. `chosen` may hold action, actor, since, until."""
    return db.read("audit_list", actor, Json(chosen), after, limit)


def export(chosen: dict[str, Any], after: int | None, limit: int) -> dict[str, Any]:
    return db.read("audit_export", Json(chosen), after, limit)


def note(actor: str | None, action: str, target_kind: str | None = None, target: str | None = None,
         target_name: str | None = None, **details: Any) -> None:  # fmt: skip
    """Write down something that no stored function does by itself, such as a refused sign-in."""
    db.read("audit_note", actor, action, target_kind, target, target_name, Json(details))
