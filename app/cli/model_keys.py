"""How a command is given the key of a server: never on the command line, which every account of the machine can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask import current_app

from app.core.secrets import KeyRing

Command = TypeVar("Command", bound=Callable[..., Any])


def ring() -> KeyRing:
    """What the keys of servers are encrypted with."""
    return current_app.extensions["keys"]  # type: ignore[no-any-return]


def key_options(command: Command) -> Command:
    """The options that say where the key comes from."""
    command = click.option("--key-env", metavar="VARIABLE", help="Take the key from this variable of the environment.")(
        command
    )
    return click.option("--key-stdin", is_flag=True, help="Read the key from the first line of standard input.")(
        command
    )


def chosen_key(key_stdin: bool, key_env: str | None) -> str | None:
    """The key that these options name; None without any of them.

    Raises:
        click.ClickException: there is none where they say.
    """
    if key_stdin and key_env:
        raise click.UsageError("Give --key-stdin or --key-env, not both.")
    if key_stdin:
        key = sys.stdin.readline().strip()
    elif key_env:
        key = os.environ.get(key_env, "").strip()
    else:
        return None
    if not key:
        where = f"the variable {key_env}" if key_env else "the first line of standard input"
        raise click.ClickException(f"There is no key in {where}.")
    return key
