"""`python -m app.launch`: start Palaver; `scripts/run` makes its environment first."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Run until stopped; the process's exit code."""
    arguments = _arguments()
    from app.core import config
    from app.launch import launcher
    from app.launch.errors import LaunchError
    from app.launch.terminal import Terminal

    try:
        settings = config.load(arguments.config, options=_options(arguments))
        launcher.run(settings, Terminal())
    except (config.ConfigError, LaunchError) as error:
        return _fail(str(error))
    except PermissionError as error:  # Such as a log that root wrote here once.
        return _fail(f"{error.filename} cannot be written ({error.strerror}); give it to this account and start again")
    return 0


def _fail(reason: str) -> int:
    print(f"palaver: {reason}", file=sys.stderr)
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/run", description="Start Palaver; Ctrl-C stops it.")
    parser.add_argument("--port", type=int, help="TCP port to listen on (8080)")
    parser.add_argument("--host", help="address to listen on (127.0.0.1); 0.0.0.0 for every network")
    parser.add_argument("--config", type=_from_callers_folder, help="configuration file (config.toml)")
    return parser.parse_args()


def _from_callers_folder(name: str) -> Path:
    # scripts/run changes to the repository's folder; a relative name means the folder it was called from.
    return Path(os.environ.get("PALAVER_CALLED_FROM", "."), name)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {"server.port": arguments.port, "server.host": arguments.host}
    return {key: value for key, value in given.items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
