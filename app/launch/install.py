"""Installs `requirements.txt` into the virtual environment this runs in, showing how far it is.

`scripts/run` runs it as a plain file, before any package is there: it may import only the standard library.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("requirements.txt")
ENVIRONMENT = Path(sys.prefix)
DONE = ENVIRONMENT / "installed.txt"
LOG = ENVIRONMENT / "install.log"


def main() -> int:
    """Install what is missing; returns the exit code."""
    try:
        with (ENVIRONMENT / "install.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)  # Two first starts at once: the second waits and finds it done.
            return 0 if _is_done() else _install()
    except OSError as error:
        return _fail(f"{ENVIRONMENT} cannot be written ({error.strerror}); start as its owner, or clone Palaver anew")
    except KeyboardInterrupt:
        return 130


def _is_done() -> bool:
    return DONE.exists() and DONE.read_text() == REQUIREMENTS.read_text()


def _install() -> int:
    wanted = sum(1 for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    live = sys.stdout.isatty()
    print(
        f"Installing {wanted} Python packages into {ENVIRONMENT.name} (about 100 MB, only when the list changes) …",
        flush=True,
    )
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary",
               "--progress-bar", "off", "-r", str(REQUIREMENTS)]  # fmt: skip
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUNBUFFERED": "1"}
    with (
        LOG.open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as pip,
    ):
        seen = 0
        for line in pip.stdout or ():
            log.write(line)
            seen += line.startswith("Collecting ")
            if live:
                _show(line, min(seen, wanted), wanted)
    if live:
        print("\r\x1b[K", end="", flush=True)
    if pip.returncode:
        return _fail(
            f"the Python packages could not be installed ({_reason()}); check the network and start again; "
            f"pip's words are in {LOG}"
        )
    shutil.copyfile(REQUIREMENTS, DONE)
    return 0


def _show(line: str, seen: int, wanted: int) -> None:
    text = "unpacking all of them" if line.startswith("Installing ") else f"{seen} of {wanted} found"
    print(f"\r\x1b[K  {text}", end="", flush=True)


def _reason() -> str:
    lines = [line for line in LOG.read_text().splitlines() if line.startswith("ERROR: ")]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip ended with an error"


def _fail(reason: str) -> int:
    print(f"palaver: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
