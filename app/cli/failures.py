"""What goes wrong is told in one line, never as a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import psycopg2
from flask.cli import AppGroup

from app.core.config import ConfigError
from app.core.errors import PalaverError
from app.core.secrets import SecretsError
from app.launch.errors import LaunchError
from app.models.bootstrap import BootstrapError

_EXPECTED = (PalaverError, LaunchError, BootstrapError, ConfigError, SecretsError)


@contextmanager
def one_line() -> Iterator[None]:
    """Around a command, also as a decorator: an expected error becomes `Error: …` and exit code 1."""
    try:
        yield
    except (*_EXPECTED, psycopg2.Error, OSError) as error:
        raise click.ClickException(said(error)) from None


def said(error: BaseException) -> str:
    """The words of an error, on one line."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


class Group(AppGroup):
    """A noun with its verbs; `one_line` is around every one of them."""

    def invoke(self, ctx: click.Context) -> Any:
        with one_line():
            return super().invoke(ctx)
