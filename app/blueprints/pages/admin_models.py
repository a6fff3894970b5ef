"""The page of models: which there are, which is the default one, and one of them in full."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from flask import redirect, request

from app.blueprints.api.admin_providers import llm
from app.blueprints.guards import actor, keys
from app.blueprints.pages import blueprint
from app.blueprints.pages.admin import admin_page, for_admins
from app.blueprints.pages.admin_forms import checked, numbers, typed
from app.core.errors import Invalid, PalaverError
from app.core.model_facts import ALL_KINDS, CAPABILITIES, KINDS
from app.models import model_status
from app.schemas.model_catalogue import ModelChange
from app.services import model_catalogue, providers

PAGE = "/admin/models"


@blueprint.get(PAGE)
@for_admins
def admin_models() -> Any:
    """Every model and every server."""
    return models_page()


def models_page(error: PalaverError | None = None, **given: Any) -> str:
    """The list of models and servers, with a form for another server."""
    return admin_page(
        "admin/models.html", models=model_catalogue.all_models(actor()), servers=providers.all_providers(actor(), keys()),
        kinds=ALL_KINDS, new_kinds=KINDS, status=model_status.get_status(), error=error, **given,
    )  # fmt: skip


@blueprint.get(f"{PAGE}/<uuid:model_id>")
@for_admins
def admin_model(model_id: UUID) -> Any:
    """One model, and what can be changed about it."""
    return _show(str(model_id))


@blueprint.post(f"{PAGE}/<uuid:model_id>")
@for_admins
def change_model(model_id: UUID) -> Any:
    """Change it, make it the default one, ask it for a token, disable or remove it."""
    model, what = str(model_id), request.form.get("do")
    try:
        if what == "test":
            return _show(model, result=_tested(model))
        if what == "default":
            model_catalogue.set_default(actor(), model)
        elif what in ("disable", "enable"):
            model_catalogue.update(actor(), model, {"disabled": what == "disable"})
        elif what == "remove":
            model_catalogue.delete(actor(), model)
            return redirect(PAGE, 303)
        else:
            model_catalogue.update(actor(), model, checked(ModelChange, _given()))
    except PalaverError as error:
        return _show(model, error), error.status
    return redirect(PAGE if request.form.get("back") else f"{PAGE}/{model}", 303)


def _given() -> dict[str, Any]:
    prices = {name: value or 0 for name, value in numbers("input_price", "output_price").items()}
    can = [name for name in request.form.getlist("capabilities") if name]
    return (
        typed("name", "remote_name") | numbers("context_tokens") | prices
        | {"capabilities": can, "parameters": _parameters(request.form.get("parameters", ""))}
    )  # fmt: skip


def _parameters(text: str) -> Any:
    try:
        return orjson.loads(text) if text.strip() else {}
    except orjson.JSONDecodeError:
        wrong = 'Parameters are written as JSON, such as {"temperature": 0.7}.'
        raise Invalid(wrong, errors={"parameters": [wrong]}) from None


def _tested(model: str) -> dict[str, Any]:
    found = model_catalogue.get(actor(), model)
    return providers.examine(actor(), keys(), llm(), found["provider"]["id"], found["remote_name"])


def _show(model: str, error: PalaverError | None = None, result: dict[str, Any] | None = None) -> str:
    found = model_catalogue.get(actor(), model)
    written = orjson.dumps(found["parameters"], option=orjson.OPT_INDENT_2).decode() if found["parameters"] else ""
    return admin_page(
        "admin/model.html", chosen=found, parameters=written, capabilities=CAPABILITIES, kinds=ALL_KINDS, error=error,
        result=result,
    )  # fmt: skip
