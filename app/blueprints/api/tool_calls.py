from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas.tool_calls import ToolCall
from app.services import tool_calls

blueprint = Blueprint("tool_calls", __name__, description="Calls of tools that wait for a person.")


@blueprint.post("/<uuid:call_id>/approve")
@blueprint.response(200, ToolCall)
@blueprint.alt_response(403, description="Neither the person who asked nor an owner or admin of the conversation.")
@blueprint.alt_response(409, description="It has been decided already.")
def approve(call_id: UUID) -> Any:
    """Let a call of a tool be made; the answer goes on when nothing else is to be decided."""
    return tool_calls.decide(actor(), str(call_id), True)


@blueprint.post("/<uuid:call_id>/refuse")
@blueprint.response(200, ToolCall)
@blueprint.alt_response(403, description="Neither the person who asked nor an owner or admin of the conversation.")
@blueprint.alt_response(409, description="It has been decided already.")
def refuse(call_id: UUID) -> Any:
    """Refuse a call of a tool; the model is told so, and the answer goes on."""
    return tool_calls.decide(actor(), str(call_id), False)
