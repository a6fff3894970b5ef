from typing import Any

from psycopg2.extras import Json

from app.models import db


def rules() -> dict[str, Any]:
    """`{profiles, assignments}`: everything that is enforced."""
    return db.read("limit_rules")


def profiles(actor: str) -> list[dict[str, Any]]:
    return db.read("limit_profile_list", actor)


def create_profile(
    actor: str, name: str, algorithm: str, params: dict[str, Any], description: str | None
) -> dict[str, Any]:
    return db.read("limit_profile_create", actor, name, algorithm, Json(params), description)


def update_profile(
    actor: str, profile: str, algorithm: str | None, params: dict[str, Any], description: str | None
) -> dict[str, Any]:
    return db.read("limit_profile_update", actor, profile, algorithm, Json(params), description)


def delete_profile(actor: str, profile: str) -> None:
    db.read("limit_profile_delete", actor, profile)


def assignments(actor: str) -> list[dict[str, Any]]:
    return db.read("limit_assignment_list", actor)


def assign(actor: str, profile: str, method: str, path: str, scope: str) -> dict[str, Any]:
    return db.read("limit_assign", actor, profile, method, path, scope)


def unassign(actor: str, assignment: str) -> None:
    db.read("limit_unassign", actor, assignment)


def set_as_operator(name: str, algorithm: str, params: dict[str, Any], description: str | None) -> dict[str, Any]:
    return db.read("limit_set_as_operator", name, algorithm, Json(params), description)


def assign_as_operator(name: str, method: str, path: str, scope: str) -> dict[str, Any]:
    return db.read("limit_assign_as_operator", name, method, path, scope)


def unassign_as_operator(assignment: str) -> None:
    db.read("limit_unassign_as_operator", assignment)


def delete_as_operator(name: str) -> None:
    db.read("limit_delete_as_operator", name)
