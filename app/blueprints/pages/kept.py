"""What somebody typed is never lost: a form that is refused before its page sees it comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request
from flask_login import current_user

from app.blueprints import errors
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
    if isinstance(error, Unavailable) or _is_foreign() or not request.form.get("content"):
        return errors.answer(error)
    return (page_of_kept(request.path, error), error.status) if current_user.is_authenticated else errors.answer(error)


def _is_foreign() -> bool:
    """Another site's form must not come back as a page of ours that is one click from being sent."""
    origin = request.headers.get("Origin")
    return request.headers.get("Sec-Fetch-Site") == "cross-site" or bool(
        origin and urlsplit(origin).netloc != request.host
    )
