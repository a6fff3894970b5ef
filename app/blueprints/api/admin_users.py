from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import admin_users as schemas
from app.schemas.fields import page_of
from app.schemas.users import User
from app.services import admin_users

blueprint = Blueprint("admin_users", __name__, description="Accounts, for administrators.")


@blueprint.get("")
@blueprint.arguments(schemas.PeopleQuery, location="query")
@blueprint.response(200, page_of(User))
def page(query: dict[str, Any]) -> Any:
    """People by name."""
    return admin_users.page(actor(), **query)


@blueprint.post("")
@blueprint.arguments(schemas.NewUser)
@blueprint.response(201, User)
@blueprint.alt_response(409, description="The name or address is taken.")
def create(given: dict[str, Any]) -> Any:
    """Make an account for somebody."""
    return admin_users.create(actor(), **given)


@blueprint.get("/<uuid:user_id>")
@blueprint.response(200, User)
def get(user_id: UUID) -> Any:
    """One account in full."""
    return admin_users.get(actor(), str(user_id))


@blueprint.patch("/<uuid:user_id>")
@blueprint.arguments(schemas.UserChange)
@blueprint.response(200, User)
@blueprint.alt_response(409, description="Nobody would be left to administer this server.")
def change(given: dict[str, Any], user_id: UUID) -> Any:
    """Give somebody another role, or disable or enable the account; disabling signs it out everywhere."""
    return admin_users.govern(actor(), str(user_id), **given)
