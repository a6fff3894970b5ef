"""Who works at the command line, as the audit log names it."""

from __future__ import annotations

import getpass

import click
import orjson

from app.core.audit import OPERATOR
from app.models import db


def sign() -> None:
    """From now on, until the command ends, the operator acts; the details say with which account of the system."""
    before = db.context.get()
    db.context.set(
        orjson.dumps({"actor_name": OPERATOR, "user_agent": "flask", "details": {"os_user": _account()}}).decode()
    )
    if (command := click.get_current_context(silent=True)) is not None:
        command.call_on_close(lambda: db.context.set(before))


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a number without a name
        return "unknown"
