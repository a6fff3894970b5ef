from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.models import bootstrap
from tests.databases import Cluster

ROOT = Path(__file__).resolve().parents[2]


def test_ten_processes_start_at_once(cluster: Cluster) -> None:
    empty = cluster.create()
    try:
        code = f"from app.models.bootstrap import bootstrap; bootstrap({empty.owner!r}, print)"
        running = [
            subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for _ in range(10)
        ]
        said = [process.communicate()[0] for process in running]
        assert [process.returncode for process in running] == [0] * 10
        assert sum("0001_server" in text for text in said) == 1
        assert dict(empty.query("select file, digest from palaver.ledger")) == bootstrap.wanted()
    finally:
        cluster.drop(empty)
