"""Accounts elsewhere: their buttons on the pages for signing in, and the page to link and unlink them."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request

from app.adapters.oauth import Provider
from app.blueprints.api.identities import begin_link, end_link
from app.blueprints.guards import actor
from app.blueprints.pages import blueprint
from app.blueprints.pages.settings import settings_page
from app.core.errors import PalaverError
from app.services import identities, proof


@blueprint.app_template_global("sign_in_providers")
def sign_in_providers() -> list[Provider]:
    """Those that are configured, in the order of their buttons."""
    return list(current_app.extensions["oauth"].values())


@blueprint.get("/settings/accounts")
def settings_accounts() -> Any:
    """What one has linked, and what one could."""
    return _show()


@blueprint.post("/settings/accounts/<provider>/link")
def link_account(provider: str) -> Any:
    """Lead the browser to the provider. Not by a redirect: the policy of forms stops those at our own border."""
    try:
        url = begin_link(provider, request.form.get("password", ""))
    except PalaverError as error:
        return _show(error=error), error.status
    return render_template("auth/continue.html", url=url, label=current_app.extensions["oauth"][provider].label)


@blueprint.post("/settings/accounts/<provider>/unlink")
def unlink_account(provider: str) -> Any:
    """Unlink one."""
    try:
        end_link(provider)
    except PalaverError as error:
        return _show(error=error), error.status
    return redirect("/settings/accounts", 303)


def _show(error: PalaverError | None = None) -> str:
    linked = {identity["provider"]: identity for identity in identities.list_of(actor())}
    labels = {provider.name: provider.label for provider in sign_in_providers()}
    gone = {name: name.capitalize() for name in linked if name not in labels}
    return settings_page(
        "settings/accounts.html", linked=linked, labels=labels, gone=gone, error=error,
        is_fresh=proof.is_fresh(actor()),
    )  # fmt: skip
