"""What the launcher raises when the person at the terminal has to do something."""


class LaunchError(Exception):
    """Palaver cannot start or go on; the message is one line that says what to do."""


class Stopped(Exception):
    """The launcher was asked to stop while it was waiting for something."""
