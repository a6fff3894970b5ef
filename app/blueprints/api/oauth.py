from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import current_app, redirect, render_template, request
from flask_login import current_user
from flask_smorest import Blueprint

from app.adapters.oauth import Identity, Provider, ProviderDenied, ProviderDown, ProviderRefused
from app.blueprints import attempts, errors
from app.blueprints.api.accounts import policy
from app.blueprints.api.auth import config, with_cookies
from app.blueprints.attempts import Kept, StateMismatch
from app.blueprints.guards import actor, client, csrf_token, foreign_form_door, open_door
from app.blueprints.halves import require_whole
from app.blueprints.targets import own_path
from app.core.errors import AuthRequired, NotFound, PalaverError
from app.schemas import auth as auth_schemas
from app.schemas import identities as schemas
from app.services import identities

blueprint = Blueprint("oauth", __name__, description="Signing in with accounts elsewhere.")

DENIED = {"access_denied", "user_cancelled_authorize", "user_cancelled_login", "consent_required"}
DOWN = {"temporarily_unavailable", "server_error"}
SETTINGS = "/settings/accounts"


def provider_called(name: str) -> Provider:
    """A provider of the configuration.

    Raises:
        NotFound: it is not configured.
    """
    found = current_app.extensions["oauth"].get(name)
    if found is None:
        raise NotFound("Nobody signs in here with that provider; its settings are in docs/operating.md.")
    return found  # type: ignore[no-any-return]


@blueprint.get("/<provider>")
@open_door
@blueprint.arguments(schemas.Begin, location="query")
@blueprint.response(200, schemas.AuthUrl)
@blueprint.alt_response(303, description="To the provider, for a page.")
def begin(query: dict[str, str], provider: str) -> Any:
    """Begin to sign in with an account elsewhere."""
    url = attempts.begin(provider_called(provider), own_path(query["next"]), invite=query["invite"])
    return redirect(url, 303) if wants_page() else {"auth_url": url}


@blueprint.get("/<provider>/callback")
@open_door
@blueprint.arguments(schemas.Callback, location="query")
@blueprint.response(200, auth_schemas.SignedIn)
@blueprint.alt_response(303, description="To where one wanted to go, for a page.")
@blueprint.alt_response(400, description="Begun in another browser, too long ago, or used already.")
@blueprint.alt_response(409, description="The address belongs to an account here: sign in, and link it.")
def callback(given: dict[str, str], provider: str) -> Any:
    """Where the provider sends the browser back to."""
    chosen = provider_called(provider)
    return _finish(chosen, attempts.held(chosen, given["state"]), given)


@blueprint.post("/<provider>/callback")
@open_door
@foreign_form_door
@blueprint.arguments(schemas.PostedCallback, location="form")
@blueprint.response(200, auth_schemas.SignedIn)
@blueprint.alt_response(303, description="To where one wanted to go, for a page.")
@blueprint.alt_response(400, description="Begun in another browser, too long ago, or used already.")
def posted(given: dict[str, str], provider: str) -> Any:
    """Where a provider that answers with a form (Apple) posts it to."""
    chosen = provider_called(provider)
    if not chosen.posts_back:
        raise NotFound("This provider does not answer with a form.")
    kept = attempts.held(chosen, given["state"])
    name = _posted_name(given.pop("user"))
    if kept.session:
        # The cookie of the session does not come along with a form of another site; it does after a redirect.
        told = {key: value for key, value in given.items() if value}
        return redirect(f"{request.path}?{urlencode(told)}", 303)
    return _finish(chosen, kept, given, name)


@blueprint.post("/<provider>/manual")
@open_door
@blueprint.arguments(schemas.Manual)
@blueprint.response(200, auth_schemas.SignedIn)
@blueprint.alt_response(400, description="Begun in another client, too long ago, or used already.")
def manual(given: dict[str, str], provider: str) -> Any:
    """Finish with a code that was copied by hand, in the client that asked for the address."""
    chosen = provider_called(provider)
    kept = attempts.held(chosen, given["state"])
    return _answer(kept, _identity(chosen, kept, given))


@blueprint.errorhandler(PalaverError)
def _refused(error: PalaverError) -> Any:
    if not wants_page():
        return errors.answer(error)
    try:
        back = SETTINGS if current_user.is_authenticated else "/sign-in"
    except PalaverError:  # nobody can tell who asks, be it for a bad key: every page would fail on that
        return errors.answer(error)
    return render_template("auth/refused.html", error=error, back=back), error.status


def wants_page() -> bool:
    """Is it a browser that asks, to show the answer to a person?"""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"]


def _finish(provider: Provider, kept: Kept, given: dict[str, Any], name: str = "") -> Any:
    identity = _identity(provider, kept, given)
    answer = _answer(kept, replace(identity, display_name=identity.display_name or name))
    return redirect(kept.target, 303) if wants_page() else answer


def _identity(provider: Provider, kept: Kept, given: dict[str, Any]) -> Identity:
    """Who came back. Whatever comes of it, this try is over."""
    if kept.session:
        _require_the_same(kept)
    attempts.forget(provider)
    if not identities.use_state(kept.state):
        raise StateMismatch("This was used already; begin again.")
    if error := given.get("error"):
        raise _told(provider, error)
    if not given["code"]:
        raise ProviderRefused(f"{provider.label} did not confirm the sign-in; begin again.")
    return provider.identify(kept.attempt, given["code"], given.get("iss"))


def _answer(kept: Kept, identity: Identity) -> dict[str, Any]:
    if kept.session:
        identities.link(actor(), identity)
        return {"user": actor().user, "session": actor().session, "csrf_token": csrf_token()}
    return with_cookies(
        *identities.sign_in(identity, config().session, **client(), policy=policy(), invite=kept.invite)
    )


def _require_the_same(kept: Kept) -> None:
    """Only the very session that asked to link may link."""
    if not current_user.is_authenticated or actor().session.get("id") != kept.session:
        raise AuthRequired("You are not signed in any more as who began this; sign in and link once more.")
    require_whole(actor(), callback)


def _told(provider: Provider, error: str) -> PalaverError:
    if error in DENIED:
        return ProviderDenied(f"You did not let {provider.label} tell who you are, so nothing has happened.")
    if error in DOWN:
        return ProviderDown(f"{provider.label} cannot sign anybody in right now; try again in a moment.")
    return ProviderRefused(f"{provider.label} did not confirm the sign-in; begin again.")


def _posted_name(user: str) -> str:
    try:
        name = orjson.loads(user)["name"]
        return " ".join(str(name[part]) for part in ("firstName", "lastName") if name.get(part))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
