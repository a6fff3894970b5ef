"""How much may be used: reserving and settling, and the budgets themselves."""

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
