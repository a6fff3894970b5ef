"""The command line: `flask …`."""

from flask import Flask

from app.cli import bootstrap, config, doctor, sessions, users


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in (bootstrap.command, config.group, doctor.command, sessions.group, users.group):
        app.cli.add_command(command)
