from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import limits as schemas
from app.services import limits

blueprint = Blueprint("admin_limits", __name__, description="How often which requests may come, for administrators.")


@blueprint.get("/profiles")
@blueprint.response(200, schemas.LimitProfileList)
@blueprint.alt_response(403, description="Not an administrator.")
def profiles() -> Any:
    """Every profile: how much."""
    return {"items": limits.profiles(actor())}


@blueprint.post("/profiles")
@blueprint.arguments(schemas.NewLimitProfile)
@blueprint.response(201, schemas.LimitProfile)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(409, description="The name is taken.")
def create_profile(new: dict[str, Any]) -> Any:
    """Make a profile; it limits nothing until it is assigned."""
    return limits.create_profile(actor(), **new)


@blueprint.put("/profiles/<uuid:profile_id>")
@blueprint.arguments(schemas.ChangedLimitProfile)
@blueprint.response(200, schemas.LimitProfile)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such profile.")
def update_profile(changed: dict[str, Any], profile_id: UUID) -> Any:
    """Change a profile; every process goes by it within a second, and goes on counting."""
    return limits.update_profile(actor(), str(profile_id), **changed)


@blueprint.delete("/profiles/<uuid:profile_id>")
@blueprint.response(204)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such profile.")
@blueprint.alt_response(409, description="It is assigned.")
def delete_profile(profile_id: UUID) -> None:
    """Delete a profile that is not assigned."""
    limits.delete_profile(actor(), str(profile_id))


@blueprint.get("/assignments")
@blueprint.response(200, schemas.LimitAssignmentList)
@blueprint.alt_response(403, description="Not an administrator.")
def assignments() -> Any:
    """Every assignment: which requests, counted by what."""
    return {"items": limits.assignments(actor())}


@blueprint.post("/assignments")
@blueprint.arguments(schemas.NewLimitAssignment)
@blueprint.response(201, schemas.LimitAssignment)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such profile.")
def assign(new: dict[str, Any]) -> Any:
    """Assign a profile; an assignment of the same method, path and scope is replaced."""
    return limits.assign(actor(), str(new["profile_id"]), new["method"], new["path"], new["scope"])


@blueprint.delete("/assignments/<uuid:assignment_id>")
@blueprint.response(204)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such assignment.")
def unassign(assignment_id: UUID) -> None:
    """Remove an assignment."""
    limits.unassign(actor(), str(assignment_id))
