"""Sessions that are not whole: what they lack, and where they find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

from app.core.actor import Actor
from app.core.errors import AuthRequired

# Where a page sends somebody whose session lacks something.
PAGES = {
    "PV.AUTH.SECOND_FACTOR": "/sign-in/code",
    "PV.AUTH.SUSPICIOUS": "/confirm",
    "PV.AUTH.ENROLL": "/settings/security",
}

View = TypeVar("View", bound=Callable[..., Any])


def enrolment_door(view: View) -> View:
    """Mark a view that somebody needs to set up the second factor which an administrator requires."""
    view.is_enrolment = True  # type: ignore[attr-defined]
    return view


def require_whole(actor: Actor, view: Callable[..., Any]) -> None:
    """Is anything missing that this view needs?

    Raises:
        AuthRequired: with a code that says what.
    """
    session = actor.session
    if session.get("awaits_second_factor"):
        raise AuthRequired("Give the code of your second factor first.", code="PV.AUTH.SECOND_FACTOR")
    if session.get("suspicious"):
        raise AuthRequired("You seem to be somewhere else; give your password again.", code="PV.AUTH.SUSPICIOUS")
    if lacks_required_factor(actor):
        if actor.user["has_totp"] or actor.user["has_passkey"]:
            raise AuthRequired("Show your second factor first.", code="PV.AUTH.SECOND_FACTOR")
        if not getattr(view, "is_enrolment", False):
            raise AuthRequired("This server requires a second factor; set one up first.", code="PV.AUTH.ENROLL")


def lacks_required_factor(actor: Actor) -> bool:
    """Did the actor come with a password alone, where an administrator requires more?"""
    session, features = actor.session, current_app.extensions.get("features")
    alone = session.get("method") == "password" and session.get("second_factor") is None
    return alone and features is not None and features.is_on("require_totp")
