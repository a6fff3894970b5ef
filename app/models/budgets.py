"""How much may be used: reserving and settling, and the budgets themselves."""

from typing import Any

from app.models import db


def reserve(
    user: str, model: str | None, input_tokens: int, output_tokens: int | None, answers: int, job: str | None, seconds: float
) -> str | None:  # fmt: skip
    """The id of a reservation; None when no budget concerns it.

    Raises:
        RateLimited: a budget has not enough left; the code is PV.BUDGET.EXCEEDED.
    """
    return db.read("budget_reserve", user, model, input_tokens, output_tokens, answers, job, seconds)


def settle(
    reservation: str | None, user: str, assistant: str | None, model: str | None, kind: str, ended: str,
    answers: int, input_tokens: int, output_tokens: int, milliseconds: int,
) -> None:  # fmt: skip
    db.read("budget_settle", reservation, user, assistant, model, kind, ended, answers, input_tokens, output_tokens,
            milliseconds)  # fmt: skip


def release(reservation: str) -> None:
    db.read("budget_release", reservation)


def fold(prompt: int, answer: int) -> int:
    """Add up what has ended; answers how many that were."""
    return db.read("usage_fold", prompt, answer)


def left(actor: str) -> list[dict[str, Any]]:
    """The budgets that concern this user, and what is left of each."""
    return db.read("budget_left", actor)


def everything(actor: str) -> list[dict[str, Any]]:
    return db.read("budget_list", actor)


def add(
    actor: str, user: str | None, role: str | None, model: str | None, unit: str, period: str, amount: float
) -> dict[str, Any]:
    return db.read("budget_add", actor, user, role, model, unit, period, amount)


def change(actor: str, budget: str, unit: str | None, period: str | None, amount: float | None) -> dict[str, Any]:
    return db.read("budget_change", actor, budget, unit, period, amount)


def remove(actor: str, budget: str) -> None:
    db.read("budget_remove", actor, budget)


def list_as_operator() -> list[dict[str, Any]]:
    return db.read("budget_list_as_operator")


def add_as_operator(
    username: str | None, role: str | None, model: str | None, unit: str, period: str, amount: float
) -> dict[str, Any]:
    return db.read("budget_add_as_operator", username, role, model, unit, period, amount)


def remove_as_operator(budget: str) -> None:
    db.read("budget_remove_as_operator", budget)
