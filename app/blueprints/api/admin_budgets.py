from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from app.blueprints.guards import actor
from app.schemas import usage as schemas
from app.services import budgets

blueprint = Blueprint("admin_budgets", __name__, description="How much of models may be used, for administrators.")


@blueprint.get("")
@blueprint.response(200, schemas.BudgetList)
@blueprint.alt_response(403, description="Not an administrator.")
def list_() -> Any:
    """Every budget, the oldest first."""
    return {"items": budgets.everything(actor())}


@blueprint.post("")
@blueprint.arguments(schemas.NewBudget)
@blueprint.response(201, schemas.Budget)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(409, description="There is one for the same people, model, unit and period.")
@blueprint.alt_response(422, description="There is no such person or model.")
def add(new: dict[str, Any]) -> Any:
    """Make a budget; it counts from the next request on, with what was used since its period began."""
    ids = {name: str(new[name]) for name in ("user_id", "model_id") if new[name]}
    return budgets.add(actor(), **(new | ids))


@blueprint.patch("/<uuid:budget_id>")
@blueprint.arguments(schemas.ChangedBudget)
@blueprint.response(200, schemas.Budget)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such budget.")
@blueprint.alt_response(409, description="There is one for the same people, model, unit and period.")
def change(changed: dict[str, Any], budget_id: UUID) -> Any:
    """Change its amount, unit or period; it counts from the next request on."""
    return budgets.change(actor(), str(budget_id), **changed)


@blueprint.delete("/<uuid:budget_id>")
@blueprint.response(204)
@blueprint.alt_response(403, description="Not an administrator.")
@blueprint.alt_response(404, description="No such budget.")
def remove(budget_id: UUID) -> None:
    """Remove a budget."""
    budgets.remove(actor(), str(budget_id))
