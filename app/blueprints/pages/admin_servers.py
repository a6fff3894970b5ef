"""The pages of servers of models: adding one, what it has, and what can be changed about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from app.adapters.llm.probe import Found, ProbeError
from app.blueprints.api.admin_providers import llm
from app.blueprints.guards import actor, keys
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.admin_forms import checked, numbers, typed
from app.blueprints.pages.admin_models import PAGE, models_page
from app.core.errors import Conflict, Invalid, PalaverError
from app.core.model_facts import ALL_KINDS, KINDS
from app.schemas.model_catalogue import NewModel
from app.schemas.providers import NewProvider, ProviderChange
from app.services import model_catalogue, providers

SERVERS = f"{PAGE}/servers"


@blueprint.post(SERVERS)
@for_admins
def add_server() -> Any:
    """Look what is at an address, and add it; its page then shows what was found."""
    form = typed("name", "kind", "base_url", "api_key")
    try:
        found = _looked(form)
        url = providers.checked_url(form.get("base_url", ""))
        given = form | {"name": form.get("name") or providers.name_for(url), "api_key": form.get("api_key") or None}
        given["kind"] = form.get("kind") or (found.kind if found else "openai")
        made = providers.create(actor(), keys(), checked(NewProvider, given))
    except ProbeError as error:
        refused = Conflict(str(error), errors={"base_url": [str(error)]})
        return models_page(refused, suggestion=error.suggestion, is_unseen=True), 409
    except PalaverError as error:
        return models_page(error), error.status
    return _show(made["id"], result=providers.listed(found, set()) if found else None), 201


def _looked(form: dict[str, str]) -> Found | None:
    """What is there; nothing when it shall be added unseen.

    Raises:
        ProbeError: nothing that could be used.
    """
    if request.form.get("unseen"):
        return None
    return providers.look_at(form.get("base_url", ""), form.get("api_key", ""))


@blueprint.get(f"{SERVERS}/<uuid:provider_id>")
@for_admins
def admin_server(provider_id: UUID) -> Any:
    """One server, and what can be changed about it."""
    return _show(str(provider_id))


@blueprint.post(f"{SERVERS}/<uuid:provider_id>")
@for_admins
def change_server(provider_id: UUID) -> Any:
    """Change it, disable, enable or remove it."""
    server, what = str(provider_id), request.form.get("do")
    try:
        if what in ("disable", "enable"):
            providers.update(actor(), keys(), server, {"disabled": what == "disable"})
        elif what == "remove":
            providers.delete(actor(), server)
            return redirect(PAGE, 303)
        else:
            providers.update(actor(), keys(), server, checked(ProviderChange, _given()))
    except PalaverError as error:
        return _show(server, error), error.status
    return redirect(f"{SERVERS}/{server}", 303)


@blueprint.post(f"{SERVERS}/<uuid:provider_id>/test")
@for_admins
def test_server(provider_id: UUID) -> Any:
    """What it is and has, and how long one of its models takes for a token."""
    server = str(provider_id)
    try:
        return _show(server, result=providers.examine(actor(), keys(), llm(), server))
    except PalaverError as error:
        return _show(server, error), error.status


@blueprint.post(f"{SERVERS}/<uuid:provider_id>/models")
@for_admins
def add_models(provider_id: UUID) -> Any:
    """Add models that were found there, or one by its name."""
    server = str(provider_id)
    try:
        if "found" in request.form:
            _add_found(server, request.form.getlist("found"))
        else:
            given = typed("name", "remote_name")
            name = given.get("name") or model_catalogue.name_for(given.get("remote_name", ""), set())
            new = checked(NewModel, given | {"name": name, "provider_id": server})
            model_catalogue.create(actor(), str(new.pop("provider_id")), new)
    except ProbeError as error:
        refused = Conflict(str(error))
        return _show(server, refused), refused.status
    except PalaverError as error:
        return _show(server, error), error.status
    return redirect(f"{SERVERS}/{server}", 303)


def _add_found(server: str, wanted: list[str]) -> None:
    """Asked again what it says of them: a form is no source for that."""
    there = {m.name: m for m in providers.look_again(actor(), keys(), llm(), server).models}
    for name in wanted:
        if name not in there:
            raise Invalid(f"The server does not list {name} any more.")
        taken = {m["name"] for m in model_catalogue.all_models(actor())}
        found = there[name]
        model_catalogue.create(actor(), server, {
            "name": model_catalogue.name_for(name, taken), "remote_name": name, "context_tokens": found.context_tokens,
            "capabilities": list(found.capabilities),
        })  # fmt: skip


def _given() -> dict[str, Any]:
    given: dict[str, Any] = typed("name", "kind", "base_url")
    given |= numbers("max_concurrent", "first_piece_seconds", "answer_seconds")
    if key := request.form.get("api_key", "").strip():
        given["api_key"] = key
    elif request.form.get("no_key"):
        given["api_key"] = ""
    return given


def _show(server: str, error: PalaverError | None = None, result: dict[str, Any] | None = None) -> str:
    models = [m for m in model_catalogue.all_models(actor()) if m["provider"]["id"] == server]
    found = providers.get(actor(), keys(), server)
    asking = sorted({name for model in models for name in model["assistants"]})
    return admin_page(
        "admin/server.html", server=found, models=models, asking=asking, kinds=ALL_KINDS, new_kinds=KINDS, error=error,
        result=result,
    )  # fmt: skip
