from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import parse_dsn

from app.launch import postmaster
from app.models.bootstrap import runtime_url, wanted
from tests.databases import Cluster, Database


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Database]:
    """A database with nothing in it."""
    made = cluster.create()
    yield made
    cluster.drop(made)
    cluster.template.query(f'drop role if exists "{made.name}_run"')


@pytest.fixture
def base() -> Iterator[Path]:
    """A data folder that the account of the embedded database can enter."""
    folder = Path(tempfile.mkdtemp(prefix="palaver-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_an_empty_database_is_filled_once(shell, empty: Database) -> None:
    env = {"PALAVER__DB__URL": empty.owner}
    before = shell("users", "list", env=env)
    assert before.returncode == 1
    assert "run `flask bootstrap`" in before.stderr

    first = shell("bootstrap", env=env)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("applying schema/0001_server.sql\n")
    assert first.stdout.endswith("The database is ready.\n")
    assert dict(empty.query("select file, digest from palaver.ledger")) == wanted()

    second = shell("bootstrap", env=env)
    assert (second.returncode, second.stdout) == (0, "The database is up to date.\n")
    assert shell("users", "list", env=env).stdout.count("\n") == 2


def test_a_database_that_is_behind_is_named(shell, database: Database) -> None:
    database.query("update palaver.ledger set digest = 'old' where file = 'seed/assistant.sql'")
    refused = shell("sessions", "list", env={"PALAVER__DB__URL": database.owner})
    assert refused.returncode == 1
    assert refused.stderr == "Error: the database is not up to date with this version; run `flask bootstrap` first\n"


def test_a_schema_file_that_was_changed_is_one_line(shell, database: Database) -> None:
    database.query("update palaver.ledger set digest = 'other' where file = 'schema/0002_users.sql'")
    refused = shell("bootstrap", env={"PALAVER__DB__URL": database.owner})
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: schema/0002_users.sql was changed after it had been applied")
    assert refused.stderr.count("\n") == 1


def test_the_run_time_role_cannot_bootstrap(shell, database: Database) -> None:
    refused = shell("bootstrap", env={"PALAVER__DB__URL": database.runtime})
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")
    assert refused.stderr.count("\n") == 1


def test_no_database_at_that_address_is_one_line(shell) -> None:
    for command in (["bootstrap"], ["users", "list"]):
        refused = shell(*command, env={"PALAVER__DB__URL": "postgresql://palaver:geheim@127.0.0.1:1/palaver"})
        assert refused.returncode == 1
        assert "cannot be reached" in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert "geheim" not in refused.stderr


def test_the_run_time_role_gets_the_address_that_was_chosen(shell, empty: Database) -> None:
    derived = runtime_url(empty.owner)
    chosen = derived.replace(parse_dsn(derived)["user"] + ":", f"{empty.name}_run:", 1)
    env = {"PALAVER__DB__URL": empty.owner, "PALAVER__DB__RUNTIME_URL": chosen}
    assert shell("bootstrap", env=env).returncode == 0
    assert shell("users", "list", env=env).returncode == 0


def test_the_embedded_database_runs_for_as_long_as_it_takes(shell, base: Path) -> None:
    env = {"PALAVER__DATA__DIR": str(base)}
    first = shell("bootstrap", env=env)
    assert first.returncode == 0, first.stderr
    assert "The database is ready." in first.stdout
    assert postmaster.servers(base / "postgres" / "data") == []
    assert shell("bootstrap", env=env).stdout == "The database is up to date.\n"

    refused = shell("users", "list", env=env)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Palaver's own database is not running; start it with scripts/run")
    assert refused.stderr.count("\n") == 1
