"""The page of an invitation to a conversation."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template
from flask_login import current_user

from app.blueprints.guards import actor, open_door
from app.blueprints.pages import blueprint
from app.core.errors import NotFound, PalaverError
from app.services import auth, conversation_invites

LOST = "There is no such invitation; check that the link is complete."
OVER = {
    "accepted": "This invitation was used already; ask for another.",
    "revoked": "This invitation was taken back; ask for another.",
    "expired": "This invitation has expired; ask for another.",
    "void": "Who made this invitation may not invite any more; ask somebody else in the conversation.",
}


@blueprint.get("/invites/<token>")
@open_door
def invite(token: str) -> Any:
    """Who invites, and to what. Opening the page does nothing yet: programs that look at mails open links."""
    if not auth.is_set_up():
        return redirect("/setup", 303)
    return _show(token)


@blueprint.post("/invites/<token>")
def accept_invite(token: str) -> Any:
    """Come in."""
    try:
        entered = conversation_invites.accept(actor(), token)
    except PalaverError as error:
        return _show(token, error)
    return redirect(f"/c/{entered['id']}", 303)


def _show(token: str, error: PalaverError | None = None) -> Any:
    me = actor() if current_user.is_authenticated else None
    found = conversation_invites.peek(me, token)
    if found is None:
        raise NotFound(LOST)
    if found["state"] != "open" and "conversation_id" in found:  # who came in by it follows it again
        return redirect(f"/c/{found['conversation_id']}", 303)
    status = error.status if error else 200 if found["state"] == "open" else 410
    return render_template("invites/show.html", token=token, found=found, me=me, over=OVER, error=error), status
