"""The embedded PostgreSQL: who may do what, and what survives which crash."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from app.launch import accounts, cluster, postmaster
from app.launch.errors import LaunchError
from app.launch.postgres import LocalPostgres
from tests.launch.conftest import until

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")

OWNER_PROCESS = """
import sys, time
from app.launch.postgres import LocalPostgres
print(LocalPostgres(sys.argv[1]).start().pid, flush=True)
time.sleep(600)
"""


def ask(url: str, statement: str) -> Any:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_it_is_not_run_as_root(postgres: LocalPostgres) -> None:
    assert psutil.Process(postgres.pid).uids().real != 0


def test_the_owner_is_no_superuser_and_owns_the_database(postgres: LocalPostgres) -> None:
    assert ask(postgres.owner_url, "select not rolsuper from pg_roles where rolname = current_user")
    assert ask(
        postgres.owner_url, "select pg_get_userbyid(datdba) = current_user from pg_database where datname = 'palaver'"
    )
    ask(postgres.owner_url, "create extension pg_trgm")


def test_it_cannot_be_reached_over_the_network_or_without_the_password(postgres: LocalPostgres) -> None:
    assert ask(postgres.superuser_url, "show listen_addresses") == ""
    password = postgres.owner_url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(postgres.owner_url.replace(password, "wrong"))


def test_the_passwords_are_readable_by_us_alone(postgres: LocalPostgres, base: Path) -> None:
    found = list((base / "secrets").iterdir())
    assert len(found) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in found)


def test_what_was_written_is_there_after_a_restart(base: Path) -> None:
    server = LocalPostgres(base).start()
    ask(server.owner_url, "create table kept as select 42 as answer")
    server.stop()
    assert postmaster.servers(base / "postgres" / "data") == []
    server.start()
    assert ask(server.owner_url, "select answer from kept") == 42
    server.stop()


def test_what_was_committed_survives_kill_9_of_the_server(base: Path) -> None:
    server = LocalPostgres(base).start()
    ask(server.owner_url, "create table kept as select 42 as answer")
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.exit_code() is not None, "the server ends")
    server.start()
    assert ask(server.owner_url, "select answer from kept") == 42
    server.stop()


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(base: Path) -> None:
    server = LocalPostgres(base).start()
    server.stop()
    place = base / "postgres" / "data"
    account = accounts.for_cluster(place)
    stranger = subprocess.Popen(["sleep", "600"], **account.switch)
    try:
        (place / "postmaster.pid").write_text(f"{stranger.pid}\n{place}\n1\n5432\n\n\n0 0\nready   \n")
        account.give(place / "postmaster.pid")
        server.start()
        assert ask(server.owner_url, "select 1") == 1
        server.stop()
    finally:
        stranger.kill()
        stranger.wait()


def test_kill_9_of_who_started_it_leaves_no_server(base: Path, python: Callable[..., Any]) -> None:
    owner = python("-c", OWNER_PROCESS, str(base))
    pid = int(owner.stdout.readline())
    owner.kill()
    until(lambda: not psutil.pid_exists(pid), "the server ends with its launcher")
    assert postmaster.servers(base / "postgres" / "data") == []


def test_the_next_start_waits_for_the_remains_of_a_killed_one(base: Path, python: Callable[..., Any]) -> None:
    owner = python("-c", OWNER_PROCESS, str(base))
    before = int(owner.stdout.readline())
    owner.kill()
    server = LocalPostgres(base).start()
    assert server.pid != before
    assert ask(server.owner_url, "select 1") == 1
    server.stop()


def test_a_second_one_uses_the_running_server_and_leaves_it_running(postgres: LocalPostgres, base: Path) -> None:
    second = LocalPostgres(base).start()
    assert (second.pid, second.owner_url) == (postgres.pid, postgres.owner_url)
    second.stop()
    assert postgres.exit_code() is None
    assert ask(postgres.owner_url, "select 1") == 1


def test_a_first_start_that_was_cut_off_is_begun_anew(base: Path) -> None:
    (base / "postgres" / "data.new").mkdir(parents=True)
    (base / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    server = LocalPostgres(base).start()
    assert ask(server.owner_url, "select 1") == 1
    server.stop()


def test_lost_passwords_are_made_anew_without_losing_data(base: Path) -> None:
    server = LocalPostgres(base).start()
    ask(server.owner_url, "create table kept as select 42 as answer")
    server.stop()
    shutil.rmtree(base / "secrets")
    server = LocalPostgres(base).start()
    assert ask(server.owner_url, "select answer from kept") == 42
    server.stop()


def test_a_cluster_of_another_major_version_is_refused(base: Path) -> None:
    LocalPostgres(base).start().stop()
    (base / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(LaunchError, match="written by PostgreSQL 17"):
        LocalPostgres(base).start()


def test_a_path_too_long_for_a_socket_still_works(base: Path) -> None:
    deep = base / ("long" * 20) / ("name" * 20)
    deep.mkdir(parents=True)
    server = LocalPostgres(deep).start()
    assert ask(server.owner_url, "select 1") == 1
    sockets = postmaster.recorded_sockets(deep / "postgres" / "data")
    server.stop()
    assert not sockets.exists()


@root_only
def test_a_private_folder_stays_private_and_the_database_goes_elsewhere(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = base / "public"
    monkeypatch.setattr(cluster, "PUBLIC_ROOT", elsewhere)
    private = base / "private" / "var"
    private.mkdir(parents=True)
    private.parent.chmod(0o700)
    said: list[str] = []
    server = LocalPostgres(private, said.append).start()
    assert ask(server.owner_url, "select 1") == 1
    server.stop()
    name = hashlib.sha256(str(private).encode()).hexdigest()[:12]
    assert (private / "postgres").resolve() == elsewhere / name
    assert private.parent.stat().st_mode & 0o777 == 0o700
    assert any(str(elsewhere / name) in line for line in said)


@root_only
def test_programs_in_a_private_folder_are_copied(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.Account, "can_enter", lambda self, folder: "site-packages" not in str(folder))
    server = LocalPostgres(base).start()
    assert psutil.Process(server.pid).exe().startswith(str(base))
    server.stop()


@root_only
def test_root_keeps_the_owner_of_an_existing_cluster(base: Path) -> None:
    LocalPostgres(base).start().stop()
    for path in (base / "postgres").rglob("*"):
        os.lchown(path, 65534, 65534)
    server = LocalPostgres(base).start()
    assert psutil.Process(server.pid).uids().real == 65534
    server.stop()
