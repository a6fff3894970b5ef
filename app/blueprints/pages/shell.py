"""What surrounds every page: the conversations, what the model is doing, and where the live stream continues."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Response, current_app, g, render_template, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.models import events, model_status
from app.services import conversations, drafts, presence

CONVERSATIONS, THREADS = 50, 20


@blueprint.before_request
def _mark() -> None:
    """Taken before the page reads anything: the stream continues from here, so nothing falls in between."""
    if request.method == "GET":
        bus = current_app.extensions["streams"].bus
        g.position = (bus.epoch, bus.pos)


def page(template: str, conversation: dict[str, Any] | None = None, **given: Any) -> str:
    """A page of a signed-in user, with everything around it."""
    return render_template(
        template, conversation=conversation, model=model_status.get_status(), position=position(),
        client_id=client_id() or str(uuid4()), draft=_draft(conversation, given.get("root_id")), **sidebar(conversation),
        **given,
    )  # fmt: skip


def _draft(conversation: dict[str, Any] | None, root_id: str | None) -> str:
    """What was typed here and not sent, on whichever device."""
    return drafts.get(actor(), root_id or conversation["id"]) if conversation else ""


def sidebar(conversation: dict[str, Any] | None) -> dict[str, Any]:
    """The list on the left: conversations, who is there, and the threads of the open one."""
    me = actor()
    nested = conversation is not None and conversation["kind"] != "assistant"
    threads = (
        conversations.threads_of(me, conversation["id"], limit=THREADS)["items"] if nested and conversation else []
    )
    listed = conversations.page(me, limit=CONVERSATIONS)["items"]
    return {"me": me.user, "conversations": listed, "threads": threads, "presence": _presence(listed, conversation)}


def _presence(listed: list[dict[str, Any]], conversation: dict[str, Any] | None) -> dict[str, str]:
    """Who is there of those who are shown with a dot: in direct conversations, and in the open one."""
    shown = [item for item in listed if item["kind"] == "direct"] + ([conversation] if conversation else [])
    people = {person["id"] for item in shown for person in item["participants"] if person["kind"] == "human"}
    return presence.known(actor(), people)


def position() -> str:
    """The `since` of the page's stream."""
    epoch, pos = g.get("position", ("", 0))
    if not epoch:  # this process does not listen yet, or the page was asked for by a form
        head = events.head()
        epoch, pos = head["epoch"], head["pos"]
    return f"{epoch}.{pos}"


def client_id() -> str | None:
    """The id that makes sending a form twice harmless; nothing when it is not one."""
    return uuid_of(request.form.get("client_id"))


def model_ids() -> list[str]:
    """The models that a form names; what is no id is left out."""
    return [model for model in map(uuid_of, request.form.getlist("model_ids")) if model]


def uuid_of(text: str | None) -> str | None:
    """A UUID from a form or an address; None for anything else."""
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


@blueprint.get("/sidebar")
def sidebar_fragment() -> Response:
    """The list alone, for a page that finds its own out of date."""
    asked = uuid_of(request.args.get("conversation"))
    conversation = conversations.get(actor(), asked) if asked else None
    root = uuid_of(request.args.get("root"))
    return Response(
        render_template("conversations/_list.html", conversation=conversation, root_id=root, **sidebar(conversation))
    )
