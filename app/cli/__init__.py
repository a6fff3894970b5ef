"""The command line: `flask …`."""

from flask import Flask


def register(app: Flask) -> None:
    """Give the application its commands."""
