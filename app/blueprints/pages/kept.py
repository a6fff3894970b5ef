"""What somebody typed is never lost: a form that is refused before its page sees it comes back."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_login import current_user

from app.blueprints import errors
from app.blueprints.guards import is_foreign
from app.blueprints.pages import blueprint
from app.core.errors import AuthRequired, PalaverError, Unavailable


def page_of_kept(target: str, error: PalaverError | None = None) -> str:
    """The form again, with what was typed, ready to be sent."""
    return render_template("messages/kept.html", target=target, error=error)


@blueprint.errorhandler(AuthRequired)
def _signed_out(error: AuthRequired) -> Any:
    if request.method == "POST" and request.form.get("content"):
        return render_template("auth/sign_in.html", next=request.path, error=error), error.status
    return errors.answer(error)


@blueprint.errorhandler(PalaverError)
def _refused(error: PalaverError) -> Any:
    # Without the database nobody knows who asks.
    if isinstance(error, Unavailable) or is_foreign() or not request.form.get("content"):
        return errors.answer(error)
    return (page_of_kept(request.path, error), error.status) if current_user.is_authenticated else errors.answer(error)
