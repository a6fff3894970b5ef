"""Calls of tools in answers: how pages tell them, and deciding about them without scripts."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import redirect
from flask.sansio.blueprints import BlueprintSetupState

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.services import tool_calls

STATUSES = {
    "pending": "asks for permission",
    "approved": "allowed",
    "running": "works …",
    "done": "done",
    "refused": "refused",
    "failed": "failed",
}
# Characters that are not seen, or turn round the text after them: who allows a call must read what it says.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@blueprint.post("/tool-calls/<uuid:call_id>/approve")
def approve_tool_call(call_id: UUID) -> Any:
    """Let a call be made."""
    return redirect(f"/messages/{tool_calls.decide(actor(), str(call_id), True)['message_id']}", 303)


@blueprint.post("/tool-calls/<uuid:call_id>/refuse")
def refuse_tool_call(call_id: UUID) -> Any:
    """Refuse a call."""
    return redirect(f"/messages/{tool_calls.decide(actor(), str(call_id), False)['message_id']}", 303)


def call_status(call: dict[str, Any]) -> str:
    """What became of a call, and who decided it."""
    by = f" by {call['decided_by']['display_name']}" if call["decided_by"] else ""
    told = STATUSES[call["status"]]
    if call["status"] in ("approved", "refused"):
        return told + by
    return f"{told}, allowed{by}" if by else told


def undirected(text: str) -> str:
    """A text in which every character that would not be seen is told by its number."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters |= {"call_status": call_status, "undirected": undirected}
