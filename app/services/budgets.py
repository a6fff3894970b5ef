"""What asking a model may cost. Answers in threads reserve and settle by themselves, in the transactions that make and end
their jobs; every other request to a model does it here:

    held = budgets.reserve(user_id, model_id, input_tokens, output_tokens, "completion")
    …ask the model…
    budgets.settle(held, input_tokens, output_tokens, seconds)     # or release(held), when it was never asked
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from app.core.actor import Actor
from app.core.settings import Llm
from app.models import budgets

Kind = Literal["answer", "completion", "title", "summary"]
# A process that dies keeps what it reserved for so long, unless the request has a job, with which it ends.
KEEP_SECONDS = 3600.0
# No request takes more of anything.
MOST = 1_000_000_000
# From here on the composer says how much is left.
SCARCE = 0.2


@dataclass
class Reservation:
    """A request that may go to its model. Only the first `settle` or `release` of it counts.

    Attributes:
        id: None when no budget concerns it; it is settled all the same, which is what counts its usage.
    """

    id: str | None
    user_id: str
    model_id: str | None
    assistant_id: str | None
    kind: Kind
    is_open: bool = True


def reserve(
    user_id: str, model_id: str | None, input_tokens: int, output_tokens: int | None, kind: Kind,
    assistant_id: str | None = None, job_id: str | None = None,
) -> Reservation:  # fmt: skip
    """Put aside what a request may use at most.

    Args:
        output_tokens: None is the longest answer of this model.
        job_id: of `palaver.jobs`: the reservation ends with it, at the latest. Settle before the job is ended.

    Raises:
        RateLimited: a budget has not enough left (code `PV.BUDGET.EXCEEDED`); the sentence says which, how much is left and
            when it begins anew, as Retry-After does.
    """
    counted = 0 if kind == "title" else 1  # nobody asked for a title
    held = budgets.reserve(user_id, model_id, input_tokens, output_tokens, counted, job_id, KEEP_SECONDS)
    return Reservation(held, user_id, model_id, assistant_id, kind)


def settle(
    held: Reservation, input_tokens: int, output_tokens: int, seconds: float, finish_reason: str = "stop"
) -> None:
    """Write down what it has used, whatever the end: also of requests that were cancelled or broke off.

    Args:
        finish_reason: stop, length, cancelled, timeout, interrupted or error.
    """
    if not held.is_open:
        return
    held.is_open = False
    counted = int(held.kind != "title" and output_tokens > 0)
    budgets.settle(held.id, held.user_id, held.assistant_id, held.model_id, held.kind, finish_reason, counted,
                   _count(input_tokens), _count(output_tokens), _count(seconds * 1000))  # fmt: skip


def _count(given: float) -> int:
    """A number that others may have told us."""
    return max(0, min(MOST, round(given)))


def release(held: Reservation) -> None:
    """It was never asked of the model, and has used nothing."""
    if held.is_open and held.id is not None:
        budgets.release(held.id)
    held.is_open = False


def fold(config: Llm) -> int:
    """Add what has ended to the usage of its day; answers how many requests that were.

    What is reserved for an answer goes by the longest prompt and answer of this configuration.
    """
    return budgets.fold(config.max_prompt_tokens, config.max_answer_tokens)


def left(actor: Actor) -> list[dict[str, Any]]:
    """The budgets that concern somebody, with what is left of each for him."""
    return budgets.left(actor.id)


def nearly_used(actor: Actor) -> list[dict[str, Any]]:
    """Those of them of which less than a fifth is left."""
    return [b for b in budgets.left(actor.id) if b["left"] < b["amount"] * SCARCE or b["amount"] == 0]


def everything(actor: Actor) -> list[dict[str, Any]]:
    """Every budget, for administrators, as all that follow."""
    return budgets.everything(actor.id)


def add(
    actor: Actor, unit: str, period: str, amount: float,
    user_id: str | None = None, role: str | None = None, model_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A new budget. What was used since its period began counts, too.

    Raises:
        Conflict: there is one for the same people, model, unit and period.
        Invalid: there is no such person, or no such model.
    """
    return budgets.add(actor.id, user_id, role, model_id, unit, period, amount)


def change(
    actor: Actor, budget: str, unit: str | None = None, period: str | None = None, amount: float | None = None
) -> dict[str, Any]:
    """Another unit, period or amount; counts from the next request on. Raises NotFound, or Conflict as `add` does."""
    return budgets.change(actor.id, budget, unit, period, amount)


def remove(actor: Actor, budget: str) -> None:
    """Raises: NotFound."""
    budgets.remove(actor.id, budget)
