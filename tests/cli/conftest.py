from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.databases import Cluster
from tests.servers import ROOT, Stack

Command = Callable[..., Result]


@pytest.fixture
def flask(app: Flask) -> Command:
    """Run a command of the application: `flask("users", "list")`."""

    def run(*arguments: str, given: str | None = None) -> Result:
        return app.test_cli_runner().invoke(args=arguments, input=given)

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `flask` as a person would, as a process of its own, with nothing but these settings."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PALAVER__")}
        return subprocess.run(
            [str(Path(sys.executable).with_name("flask")), *arguments], cwd=ROOT, text=True, capture_output=True,
            env=clean | {"PALAVER__DATA__DIR": str(tmp_path)} | (env or {}), timeout=120, check=False,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def stack(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running server (gunicorn, two workers) with a mock model, for a whole file of tests."""
    made = cluster.clone()
    server = Stack(made, tmp_path_factory.mktemp("server"), jobs=False)
    yield server
    server.stop()
    cluster.drop(made)


def findings(output: str) -> dict[str, dict[str, Any]]:
    """What `flask doctor --json` wrote, by name."""
    return {finding["name"]: finding for finding in json.loads(output)}
