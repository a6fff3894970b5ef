"""How often a password may be tried, without anybody being able to lock another out.

Three budgets. The address's own (an assignment, checked before anything else) bounds what one machine can try. The pair
of account and address bounds what it can try on one account: it stops the guesser and nobody else, because the owner
comes from another address, and his right password begins it anew. What is tried on an account from everywhere is not
bounded but slowed: beyond the third budget every attempt takes two seconds longer, the owner's too, but it is never
refused. Attempts are counted before the password is looked at, so that a thousand at once are not a thousand guesses.
"""

from __future__ import annotations

import time

from app.adapters.limits import name_of
from app.core.errors import RateLimited
from app.core.limits import network_of
from app.services import limits

PAIR, ACCOUNT = "sign_in.account_address", "sign_in.account"
SLOW_SECONDS = 2.0


def attempt(account: str, address: str | None) -> None:
    """Count an attempt; it may take a while.

    Args:
        account: what was typed as its name, whether there is one or not. If its name and its e-mail address shared a
            budget, that would tell strangers which address belongs to which name.

    Raises:
        RateLimited: too many attempts on this account from this address.
    """
    now = limits.current
    budgets = now.rules.profiles if now.enabled else {}
    if PAIR in budgets:
        taken = now.take(_pair(account, address), budgets[PAIR])
        if taken and not taken.allowed:
            raise RateLimited("Too many attempts; wait a while before you try again.", taken.headers(budgets[PAIR]))
    if ACCOUNT in budgets:
        taken = now.take(f"account/{account}", budgets[ACCOUNT])
        if taken and not taken.allowed:
            time.sleep(SLOW_SECONDS)


def succeeded(account: str, address: str | None) -> None:
    """The password was right: this address begins anew with this account."""
    now = limits.current
    if now.counters and (budget := now.rules.profiles.get(PAIR)):
        now.counters.clear(name_of(_pair(account, address), budget))


def _pair(account: str, address: str | None) -> str:
    return f"pair/{network_of(address)}/{account}"
