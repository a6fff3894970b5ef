"""What somebody typed is never lost: a form that is refused before its page sees it comes back."""

from __future__ import annotations

from collections.abc import Callable
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
        step = _steps().get(error.code)
        page = (
            step(request.path, error) if step else render_template("auth/sign_in.html", next=request.path, error=error)
        )
        return page, error.status
    return errors.answer(error)


def _steps() -> dict[str, Callable[[str, PalaverError], str]]:
    """The page of what is missing, by what is missing."""
    from app.blueprints.pages import second_step

    return {
        "PV.AUTH.SECOND_FACTOR": second_step.code_page,
        "PV.AUTH.SUSPICIOUS": second_step.confirm_page,
        "PV.AUTH.ENROLL": page_of_kept,
    }


@blueprint.errorhandler(PalaverError)
def _refused(error: PalaverError) -> Any:
    # Without the database nobody knows who asks.
    if isinstance(error, Unavailable) or is_foreign() or not request.form.get("content"):
        return errors.answer(error)
    return (page_of_kept(request.path, error), error.status) if current_user.is_authenticated else errors.answer(error)
