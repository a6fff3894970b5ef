from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.api.accounts import mailing
from app.blueprints.api.admin_features import state
from app.blueprints.guards import actor
from app.schemas import accounts as account_schemas
from app.schemas import users as schemas
from app.schemas.fields import page_of
from app.services import accounts, conversations
from app.services.mailing import Outcome

blueprint = Blueprint("users", __name__, description="Who is here.")


@blueprint.get("")
@blueprint.arguments(schemas.UserQuery, location="query")
@blueprint.response(200, page_of(schemas.UserCard))
def search(query: dict[str, Any]) -> Any:
    """People and assistants whom you could talk to, by the beginning of a name."""
    return conversations.find_users(actor(), **query, by_beginning=state().is_on("user_search"))


@blueprint.get("/<uuid:user_id>")
@blueprint.response(200, schemas.UserCard)
def get(user_id: UUID) -> Any:
    """One person or assistant, as others see them."""
    return accounts.read(actor(), str(user_id))


def change_profile(given: dict[str, Any]) -> tuple[dict[str, Any], Outcome]:
    """Change the actor's address, if one is given, and profile; what became of the mail."""
    email, password = given.pop("email", None), given.pop("current_password", None)
    accounts.check_profile(**given)  # before the address: all of it changes, or nothing
    mail = None
    if email is not None and (email != actor().user["email"] or actor().user["pending_email"]):
        mail = accounts.change_email(actor(), mailing(), email, password)["mail"]
    return accounts.update(actor(), **given), mail


@blueprint.patch("/me")
@blueprint.arguments(account_schemas.ProfileChange)
@blueprint.response(200, account_schemas.Profile)
@blueprint.alt_response(401, description="Another address, and the password is wrong.")
def change(given: dict[str, Any]) -> Any:
    """Change how you appear and how pages look; another address needs the password and is verified first."""
    user, mail = change_profile(given)
    return user | {"mail": mail}


@blueprint.post("/me/verify")
@blueprint.response(200, account_schemas.Profile)
@blueprint.alt_response(409, description="There is nothing to verify, or links were asked for too often.")
def verify_again() -> Any:
    """Another link for your address that is not verified yet; the older ones become useless."""
    asked = accounts.ask_again(actor(), mailing())
    return asked["user"] | {"mail": asked["mail"]}
