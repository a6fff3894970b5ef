"""Does the server of this installation answer where it should?"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

from app.cli.checks.finding import Finding, Patient, fault, ok
from app.cli.failures import said
from app.launch import lock, ports

SECONDS = 10.0


def check(patient: Patient) -> Finding:
    """Ask `/healthz` and `/readyz` where `scripts/run` says it listens, or at `server.host` and `server.port`."""
    server = patient.config.server
    address = _announced(patient.config.data.dir) or ports.address(server.host, server.port)
    for path in ("/healthz", "/readyz"):
        try:
            code, body = _get(address + path)
        except (OSError, ValueError) as error:
            return fault(f"nothing answers at {address} ({said(error)})",
                         "start it with scripts/run; if it runs, look into log/web.log in the data folder")  # fmt: skip
        if code != 200:
            return fault(f"{address}{path} answers {code}: {_problems(body)}",
                         "look into log/web.log in the data folder; `flask bootstrap` applies SQL files")  # fmt: skip
    return ok(f"{address} is alive and ready")


def _announced(base: Path) -> str:
    """Where the launcher that holds this data folder listens."""
    try:
        return lock.holder(base.resolve() / "run" / "lock")[1]
    except OSError:
        return ""


def _get(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return answer.status, answer.read(10_000)
    except urllib.error.HTTPError as error:
        return error.code, error.read(10_000)


def _problems(body: bytes) -> str:
    try:
        answer = json.loads(body)
        return ", ".join(answer.get("problems") or answer.get("missing") or ["not Palaver?"])
    except (ValueError, AttributeError):
        return "not Palaver?"
