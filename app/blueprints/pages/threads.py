"""The page of a thread: messages in the order of time, the composer below."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.home import thread_path
from app.blueprints.pages.shell import client_id, model_ids, page, uuid_of
from app.blueprints.pages.words import excerpt, first_unread, prepare
from app.core.errors import Invalid, NotFound, PalaverError
from app.services import conversations, messages, threads

PAGE = 50
TITLE_CHARACTERS, QUOTED_CHARACTERS = 200, 400
# PostgreSQL's bigint: an address with a larger number is nobody's.
LARGEST = 2**62


@blueprint.get("/c/<uuid:conversation_id>/t/<uuid:root_id>")
def thread(conversation_id: UUID, root_id: UUID) -> Any:
    """The newest messages of a thread, or those before or after a place."""
    return _show(str(conversation_id), str(root_id))


@blueprint.post("/c/<uuid:conversation_id>/t/<uuid:root_id>")
def reply(conversation_id: UUID, root_id: UUID) -> Any:
    """Answer the message that the form names, the first one when it names none."""
    parent = uuid_of(request.form.get("parent_id")) or str(root_id)
    try:
        posted = messages.reply(actor(), parent, request.form.get("content", ""), client_id(), model_ids())
    except PalaverError as error:
        return _show(str(conversation_id), str(root_id), error), error.status
    return redirect(f"{thread_path(posted)}#m-{posted['id']}", 303)


def _show(conversation_id: str, root_id: str, error: PalaverError | None = None) -> Any:
    found, branch = _branch_of(conversation_id, root_id)
    tree = threads.tree(actor(), root_id, _place("after"), _place("before"), PAGE, branch)
    if tree["conversation_id"] != conversation_id:
        raise NotFound("There is no such thread in this conversation.")
    if not tree["items"]:  # a place where nothing is
        return redirect(f"/c/{conversation_id}/t/{root_id}", 303)
    mark_replies(tree["items"], tree["previous"] is not None)
    new_above = _has_new_above(tree, branch)
    for message in tree["items"]:
        prepare(message)
    parent = _parent(tree)
    quote = quoted(parent) if parent and request.args.get("quote") else ""
    return page(
        "threads/show.html", found, tree=tree, root_id=root_id, parent=parent, error=error, branch=branch, quote=quote,
        new_above=new_above, choices=conversations.choices(actor(), conversation_id),
    )  # fmt: skip


def _has_new_above(tree: dict[str, Any], branch: str | None) -> bool:
    """Does what is unread begin on a page before this one?"""
    first = tree["items"][0]["seq"]
    if not tree["previous"] or first <= tree["read_seq"]:
        return False
    unread = threads.tree(actor(), tree["root_id"], tree["read_seq"], None, PAGE, branch)
    new = first_unread(unread, actor().id)
    return any(message["id"] == new and message["seq"] < first for message in unread["items"])


def _branch_of(conversation_id: str, root_id: str) -> tuple[dict[str, Any], str | None]:
    """The conversation, and the branch to show: with the assistant one at a time, among people everything."""
    found = conversations.get(actor(), conversation_id)
    asked = uuid_of(request.args.get("branch"))
    return found, (asked or threads.SELECTED) if found["kind"] == "assistant" else None


@blueprint.get("/c/<uuid:conversation_id>/t/<uuid:root_id>/title")
def thread_title(conversation_id: UUID, root_id: UUID) -> Any:
    """A field with the title of a thread."""
    return _title_form(str(conversation_id), str(root_id))


@blueprint.post("/c/<uuid:conversation_id>/t/<uuid:root_id>/title")
def rename_thread(conversation_id: UUID, root_id: UUID) -> Any:
    """Give a thread a title; without one it is called by its first words."""
    title = request.form.get("title", "").strip()
    try:
        if len(title) > TITLE_CHARACTERS or "\x00" in title:
            raise Invalid(f"A title has at most {TITLE_CHARACTERS} characters.")
        return redirect(thread_path(threads.rename(actor(), str(root_id), title or None)), 303)
    except PalaverError as error:
        return _title_form(str(conversation_id), str(root_id), error), error.status


def _title_form(conversation_id: str, root_id: str, error: PalaverError | None = None) -> str:
    found = conversations.get(actor(), conversation_id)
    thread = threads.tree(actor(), root_id, limit=1)["thread"]
    return page("threads/title.html", found, thread=thread, root_id=root_id, error=error)


def quoted(message: dict[str, Any]) -> str:
    """A message as a quotation, ready to be answered."""
    text = message["content"] or ""
    short = text if len(text) <= QUOTED_CHARACTERS else text[: QUOTED_CHARACTERS - 1].rstrip() + "…"
    lines = "\n".join(f"> {line}".rstrip() for line in short.strip().splitlines())
    return f"> **{message['author']['display_name']}**:\n{lines}\n\n"


def _place(name: str) -> int | None:
    place = request.args.get(name, type=int)
    return None if place is None else max(-LARGEST, min(place, LARGEST))


def _parent(tree: dict[str, Any]) -> dict[str, Any] | None:
    """The message that the composer answers: the chosen one, else none, which means the last."""
    chosen = uuid_of(request.args.get("reply") or request.form.get("reply_to"))
    if not chosen:
        return None
    listed = next((message for message in tree["items"] if message["id"] == chosen), None)
    found = listed or messages.get(actor(), chosen)
    if found["root_id"] != tree["root_id"]:
        raise Invalid("That message is in another thread.")
    return found


def mark_replies(items: list[dict[str, Any]], has_previous: bool) -> None:
    """Give `reply_to` to every message that does not answer the one right above it."""
    by_id = {message["id"]: message for message in items}
    above = items[0]["parent_id"] if items and has_previous else None
    for message in items:
        if message.get("comparison_id"):  # beside each other: what follows says which of them it answers
            above = ""
            continue
        if message["parent_id"] not in (above, None):
            message["reply_to"] = _link(message["parent_id"], by_id.get(message["parent_id"]))
        above = message["id"]


def _link(message_id: str, parent: dict[str, Any] | None) -> dict[str, Any]:
    if parent is None:
        return {"href": f"/messages/{message_id}", "author": "an earlier message", "excerpt": ""}
    return {
        "href": f"#m-{message_id}",
        "author": parent["author"]["display_name"],
        "excerpt": excerpt(parent["content"]),
    }
