"""OpenAI's own JavaScript package against /v1: every row of the table in docs/openai.md."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.openai.asking import Asker
from tests.openai.table import rows
from tests.servers import Visitor

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def packages() -> Path:
    """A folder with what package-lock.json names; fetched once for each lock file."""
    if not shutil.which("npm"):
        pytest.fail("no npm here; install Node.js with npm (Debian: nodejs npm)")
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / f"openai-client-{lock}"
    if not (folder / "complete").exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True, timeout=120)
        (folder / "complete").touch()
    return folder


def test_every_call_does_what_the_table_says(asker: Asker, anna: Visitor, packages: Path) -> None:
    done = subprocess.run(
        ["node", str(FOLDER / "client.mjs"), asker.base_url, asker.token, anna.converse()],
        cwd=packages, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = {row["call"]: row["wrong"] for row in map(json.loads, done.stdout.splitlines())}
    assert {call: wrong for call, wrong in told.items() if wrong} == {}
    assert set(told) == {call for call, said in rows("JavaScript").items() if said}
