"""The command line: `flask …`."""

from flask import Flask

from app.cli import audit, bootstrap, config, doctor, features, keys, limits, secrets, sessions, users

COMMANDS = (
    audit.group,
    bootstrap.command,
    config.group,
    doctor.command,
    features.group,
    keys.group,
    limits.group,
    secrets.group,
    sessions.group,
    users.group,
)


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
