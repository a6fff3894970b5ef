from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import admin_users as schemas
from app.schemas.accounts import Ended
from app.schemas.fields import page_of
from app.services import admin_users

blueprint = Blueprint("admin_sessions", __name__, description="Who is signed in, for administrators.")


@blueprint.get("")
@blueprint.arguments(schemas.SessionQuery, location="query")
@blueprint.response(200, page_of(schemas.SomebodysSession))
def page(query: dict[str, Any]) -> Any:
    """Living sessions, newest first."""
    user, after = (value and str(value) for value in (query["user_id"], query["after"]))
    return admin_users.sessions_page(actor(), user, after, query["limit"])


@blueprint.delete("")
@blueprint.arguments(schemas.Whose, location="query")
@blueprint.response(200, Ended)
def end_all(query: dict[str, Any]) -> Any:
    """Sign somebody out everywhere; the streams close within a second."""
    return {"ended": admin_users.end_sessions(actor(), str(query["user_id"]))}


@blueprint.delete("/<uuid:session_id>")
@blueprint.response(204)
def end(session_id: UUID) -> None:
    """End anybody's session; its streams close within a second."""
    admin_users.end_session(actor(), str(session_id))
