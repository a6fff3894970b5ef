"""The command line: `flask …`."""

from flask import Flask

from app.cli import (
    assistants,
    audit,
    bootstrap,
    budgets,
    config,
    doctor,
    features,
    keys,
    limits,
    models,
    secrets,
    sessions,
    tools,
    usage,
    users,
)

COMMANDS = (
    assistants.group,
    audit.group,
    bootstrap.command,
    budgets.group,
    config.group,
    doctor.command,
    features.group,
    keys.group,
    limits.group,
    models.group,
    secrets.group,
    sessions.group,
    tools.group,
    usage.command,
    users.group,
)


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
