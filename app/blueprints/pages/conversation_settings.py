"""The settings of a conversation: its name, who is in it, who is invited, leaving it, the archive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.blueprints.api.accounts import mailing
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.conversations import find_people
from app.blueprints.pages.shell import page, uuid_of
from app.core.errors import Invalid, PalaverError
from app.services import conversation_invites, conversations, members

ROLES = {"owner": "Owner", "admin": "Admin", "member": "Member", "viewer": "Viewer"}
# Who has the role on the left deals with those on the right; the stored functions say so, too.
GRANTS = {"owner": tuple(ROLES), "admin": ("member", "viewer")}
MOST_TOLD = 8192
DAYS = {"1": "A day", "7": "A week", "30": "A month"}


@blueprint.get("/conversations/archived")
def archived_conversations() -> Any:
    """The conversations in the archive."""
    return page(
        "conversations/archived.html", listed=conversations.page(actor(), request.args.get("after"), archived=True)
    )


@blueprint.get("/c/<uuid:conversation_id>/settings")
def conversation_settings(conversation_id: UUID) -> Any:
    """What a conversation is called and who is in it."""
    return _show(str(conversation_id))


@blueprint.post("/c/<uuid:conversation_id>/settings")
def change_conversation(conversation_id: UUID) -> Any:
    """Rename it, choose and instruct its assistant, put it into the archive or take it out, or leave it."""
    me, conversation, do = actor(), str(conversation_id), request.form.get("do")
    try:
        if do == "rename":
            conversations.update(me, conversation, title=request.form.get("title", "")[:250])
        elif do == "steer":
            chosen, told = uuid_of(request.form.get("assistant_id")), request.form.get("instructions", "").strip()
            conversations.update(me, conversation, assistant_id=chosen, instructions=_instructions(told))
        elif do in ("archive", "unarchive"):
            conversations.update(me, conversation, archived=do == "archive")
        elif do == "leave":
            members.leave(me, conversation)
            return redirect("/", 303)
    except PalaverError as error:
        return _show(conversation, error), error.status
    return _back(conversation)


@blueprint.post("/c/<uuid:conversation_id>/people")
def change_people(conversation_id: UUID) -> Any:
    """Look for people, add some, give somebody another role, or remove somebody."""
    me, conversation, do = actor(), str(conversation_id), request.form.get("do")
    if do == "search":
        return _show(conversation)
    try:
        if do == "add":
            for user in _chosen():
                members.add(me, conversation, user, _role())
        elif do == "role":
            members.set_role(me, conversation, _user(), _role())
        elif do == "remove":
            members.remove(me, conversation, _user())
    except PalaverError as error:
        return _show(conversation, error), error.status
    return _back(conversation)


@blueprint.post("/c/<uuid:conversation_id>/invites")
def invite_to_conversation(conversation_id: UUID) -> Any:
    """Invite somebody; this page is the only one that ever shows the link."""
    conversation, form = str(conversation_id), request.form
    try:
        if form.get("days") not in DAYS:
            raise Invalid("Choose how long the invitation shall count.")
        seconds = int(form["days"]) * conversation_invites.DAY
        email = form.get("email", "").strip() or None
        made = conversation_invites.create(actor(), mailing(), conversation, email, _role(), seconds)
    except PalaverError as error:
        return _show(conversation, error), error.status
    return _show(conversation, made=made), 201


@blueprint.post("/c/<uuid:conversation_id>/invites/<uuid:invite_id>/revoke")
def revoke_conversation_invite(conversation_id: UUID, invite_id: UUID) -> Any:
    """Make an invitation useless."""
    try:
        conversation_invites.revoke(actor(), str(invite_id))
    except PalaverError as error:
        return _show(str(conversation_id), error), error.status
    return _back(str(conversation_id))


def _instructions(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if len(text) > MOST_TOLD or "\x00" in text:
        raise Invalid(f"Instructions have at most {MOST_TOLD:,} characters.")
    return text


def _back(conversation: str) -> Any:
    return redirect(f"/c/{conversation}/settings", 303)


def _role() -> str:
    role = request.form.get("role", "member")
    if role not in ROLES:
        raise Invalid("Choose one of the roles.")
    return role


def _user() -> str:
    user = uuid_of(request.form.get("user_id"))
    if user is None:
        raise Invalid("Choose somebody.")
    return user


def _chosen() -> list[str]:
    chosen = [user for user in map(uuid_of, request.form.getlist("member_ids")) if user]
    if not chosen:
        raise Invalid("Choose whom to add.")
    return chosen


def _show(conversation: str, error: PalaverError | None = None, made: dict[str, Any] | None = None) -> str:
    me = actor()
    found = conversations.get(me, conversation)
    writes = me.user["role"] != "read_only"
    grants = GRANTS.get(found["role"], ()) if writes and found["kind"] != "direct" else ()
    if found["kind"] == "assistant":  # where only assistants come and go
        grants = tuple(role for role in grants if role == "member")
    listed = members.page(me, conversation, request.args.get("after"), 100)
    return page(
        "conversations/settings.html", found, error=error, made=made, listed=listed, roles=ROLES, days=DAYS,
        grants=grants, mails=mailing().is_on, choices=conversations.choices(me, conversation),
        **_open_to(grants, found, listed["items"]),
        may_rename=writes and found["kind"] != "direct" and found["role"] in GRANTS,
        may_archive=writes and found["kind"] != "direct" and found["role"] == "owner",
    )  # fmt: skip


def _open_to(grants: tuple[str, ...], conversation: dict[str, Any], people: list[dict[str, Any]]) -> dict[str, Any]:
    """Whom one may add, and who is invited; nothing for who may not."""
    if not grants or conversation["archived_at"]:
        return {"users": [], "invites": []}
    inside = {person["id"] for person in (*people, *conversation["participants"])}
    is_group = conversation["kind"] == "group"
    found = find_people(request.form.get("query", "")) if is_group else conversations.choices(actor())["assistants"]
    users = [user for user in found if user["id"] not in inside]
    if not is_group:
        return {"users": users, "invites": []}
    return {"users": users, "invites": conversation_invites.page(actor(), conversation["id"], None, 50)["items"]}
