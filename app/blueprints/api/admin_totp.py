from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.bearer import session_door
from app.blueprints.guards import actor
from app.services import totp

blueprint = Blueprint("admin_totp", __name__, description="Other people's second factors.")


@blueprint.delete("/<uuid:user_id>/totp")
@session_door
@blueprint.response(204)
@blueprint.alt_response(403, description="You are no administrator.")
def reset(user_id: UUID) -> None:
    """Take every second factor of an account away, passkeys too, and end its sessions."""
    totp.reset(actor(), str(user_id))
