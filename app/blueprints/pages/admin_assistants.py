"""The pages of assistants: who there is, and one of them in full."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, redirect, request

from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.admin_forms import checked, numbers, typed
from app.core.errors import PalaverError
from app.core.model_facts import ANSWERS
from app.schemas.assistants import AssistantChange, NewAssistant
from app.services import assistants, model_catalogue

PAGE = "/admin/assistants"


@blueprint.get(PAGE)
@for_admins
def admin_assistants() -> Any:
    """Every assistant, and a form for another one."""
    return _list()


@blueprint.post(PAGE)
@for_admins
def make_assistant() -> Any:
    """Make one."""
    try:
        assistants.create(actor(), _given(NewAssistant))
    except PalaverError as error:
        return _list(error), error.status
    return redirect(PAGE, 303)


@blueprint.get(f"{PAGE}/<uuid:assistant_id>")
@for_admins
def admin_assistant(assistant_id: UUID) -> Any:
    """One assistant, and what can be changed about it."""
    return _show(str(assistant_id))


@blueprint.post(f"{PAGE}/<uuid:assistant_id>")
@for_admins
def change_assistant(assistant_id: UUID) -> Any:
    """Change, disable or enable it."""
    assistant, what = str(assistant_id), request.form.get("do")
    try:
        if what in ("disable", "enable"):
            assistants.update(actor(), assistant, {"disabled": what == "disable"})
        else:
            assistants.update(actor(), assistant, _given(AssistantChange))
    except PalaverError as error:
        return _show(assistant, error), error.status
    return redirect(f"{PAGE}/{assistant}", 303)


def _given(schema: type[NewAssistant | AssistantChange]) -> dict[str, Any]:
    form = typed("username", "display_name", "avatar", "system_prompt", "answers", "model_id") | numbers("temperature")
    if not form.get("display_name"):
        form.pop("display_name", None)
    if "model_id" in form:
        form["model_id"] = form["model_id"] or None
    given = checked(schema, form)
    return given | ({"model_id": str(given["model_id"])} if given.get("model_id") else {})


def _list(error: PalaverError | None = None) -> str:
    return admin_page("admin/assistants.html", assistants=assistants.all_assistants(actor()), error=error, **_choices())


def _show(assistant: str, error: PalaverError | None = None) -> str:
    return admin_page("admin/assistant.html", assistant=assistants.get(actor(), assistant), error=error, **_choices())


def _choices() -> dict[str, Any]:
    models = {m["id"]: m["name"] for m in model_catalogue.all_models(actor()) if not m["disabled_at"]}
    prompt = current_app.config["PALAVER"].llm.system_prompt
    return {"models": models, "answers": ANSWERS, "usual_prompt": prompt}
