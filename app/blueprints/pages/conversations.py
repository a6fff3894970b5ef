"""Beginning a conversation, and the page of one: its threads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.api.admin_features import state
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.home import thread_path
from app.blueprints.pages.shell import client_id, model_ids, page, uuid_of
from app.core.errors import Invalid, PalaverError
from app.services import accounts, conversations, messages

KINDS = ("group", "direct", "assistant")
SHOWN_USERS = 200


@blueprint.get("/conversations/new")
def new_conversation() -> Any:
    """A form: with whom, and about what."""
    return _form()


@blueprint.post("/conversations/new")
def create_conversation() -> Any:
    """Begin it, or look for more people first."""
    if request.form.get("do") == "search":
        return _form()
    try:
        made = _create(request.form)
    except PalaverError as error:
        return _form(error), error.status
    return redirect(f"/c/{made['id']}", 303)


def _create(form: Any) -> dict[str, Any]:
    kind = form.get("kind", "group")
    if kind not in KINDS:
        raise Invalid("Choose what kind of conversation it shall be.")
    title = form.get("title", "").strip()
    if kind == "group" and not title:
        raise Invalid("Give the group a name.", errors={"title": ["Give the group a name."]})
    assistant = uuid_of(form.get("assistant_id")) if kind != "direct" else None
    members = _chosen() if kind != "assistant" else []  # those are out of sight then
    return conversations.create(actor(), kind, title, members, client_id(), assistant)


def _chosen() -> list[str]:
    return [user for user in map(uuid_of, request.form.getlist("member_ids")) if user]


def _form(error: PalaverError | None = None) -> str:
    query, chosen = request.form.get("query", ""), set(_chosen())
    everybody = find_people("")
    found = find_people(query) if query.strip() else everybody
    kept = [user for user in everybody if user["id"] in chosen]
    kept += [accounts.read(actor(), user) for user in chosen - {user["id"] for user in (*kept, *found)}]
    shown = {user["id"]: user for user in (*kept, *found)}
    choices = conversations.choices(actor())
    return page("conversations/new.html", users=list(shown.values()), chosen=chosen, error=error, choices=choices)


def find_people(query: str) -> list[dict[str, Any]]:
    """Whom one could talk to, as far as this server shows people."""
    found = conversations.find_users(actor(), query, SHOWN_USERS, by_beginning=state().is_on("user_search"))
    return found["items"]  # type: ignore[no-any-return]


@blueprint.get("/c/<uuid:conversation_id>")
def conversation(conversation_id: UUID) -> Any:
    """The threads of a conversation; a question to the assistant goes straight to its only one."""
    return _show(str(conversation_id))


@blueprint.post("/c/<uuid:conversation_id>")
def begin_thread(conversation_id: UUID) -> Any:
    """Begin a thread."""
    try:
        content = request.form.get("content", "")
        begun = messages.begin_thread(actor(), str(conversation_id), content, client_id(), model_ids())
    except PalaverError as error:
        return _show(str(conversation_id), error), error.status
    return redirect(thread_path(begun), 303)


def _show(conversation_id: str, error: PalaverError | None = None) -> Any:
    found = conversations.get(actor(), conversation_id)
    listed = conversations.threads_of(actor(), conversation_id, request.args.get("after"))
    if found["kind"] == "assistant" and _is_one(listed) and not error:
        return redirect(thread_path(listed["items"][0]), 303)
    choices = conversations.choices(actor(), conversation_id)
    return page("conversations/show.html", found, listed=listed, error=error, choices=choices)


def _is_one(listed: dict[str, Any]) -> bool:
    """Are these threads versions of one question? The last active one leads to the others."""
    first = {thread.get("version_of") or thread["root_id"] for thread in listed["items"]}
    return len(first) == 1 and listed["next"] is None
