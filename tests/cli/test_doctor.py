"""Each check of the doctor on something that is ill."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli import checks, doctor
from app.cli.checks import address, configuration, disk, files, machine, model
from app.cli.checks import database as database_checks
from app.cli.checks.finding import Finding, Patient
from app.core.config import load
from app.core.settings import Config, Llm
from app.models import db, model_status
from tests.cli import proxies
from tests.cli.conftest import Command, findings
from tests.databases import Database
from tests.servers import Stack, free_port


def patient(**options: object) -> Patient:
    """Somebody with these settings: `server__port=…`."""
    return Patient(load(env={}, options={key.replace("__", "."): value for key, value in options.items()}))


def test_without_a_database_it_says_so_and_goes_on(shell, tmp_path: Path) -> None:
    nowhere = "postgresql://palaver:geheim@127.0.0.1:1/palaver"
    run = shell("doctor", "--json", env={"PALAVER__DB__URL": nowhere, "PALAVER__SERVER__PORT": str(free_port())})
    assert run.returncode == 1
    seen = findings(run.stdout)
    assert list(seen) == [name for name, _ in checks.ALL]
    assert seen["database"]["state"] == "fault"
    assert "flask bootstrap" in seen["database"]["mend"]
    unknown = {name for name, finding in seen.items() if finding["state"] == "skipped"}
    assert unknown == {"tables", "run-time role", "clock", "model", "origin", "stream"}
    assert seen["server"]["state"] == "fault"
    assert "scripts/run" in seen["server"]["mend"]
    assert "geheim" not in run.stdout


def test_the_embedded_database_that_does_not_run_is_named(shell, tmp_path: Path) -> None:
    seen = findings(shell("doctor", "--json").stdout)["database"]
    assert seen["seen"] == "Palaver's own database is not running"
    assert seen["mend"].startswith("start it with scripts/run")


def test_every_fault_says_how_to_mend_it(flask: Command, config: Config) -> None:
    for finding in findings(flask("doctor", "--json").output).values():
        assert bool(finding["mend"]) == (finding["state"] in ("fault", "warning"))


def test_a_check_that_fails_itself_is_a_finding() -> None:
    def broken(patient: Patient) -> Finding:
        raise ZeroDivisionError("by zero")

    finding = doctor.examine(broken, patient())
    assert (finding.state, finding.seen) == ("fault", "the check failed: ZeroDivisionError: by zero")


def test_stream_wants_an_address(flask: Command) -> None:
    assert flask("doctor", "--stream", "chat.example.org").exit_code == 2


def test_packages_that_are_missing_or_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert machine.packages(patient()).state == "ok"
    listed = "# list\nclick==0.1\nno-such-package==1.0\nother==1; sys_platform == 'plan9'\n"
    (tmp_path / "requirements.txt").write_text(listed)
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    finding = machine.packages(patient())
    assert finding.state == "fault"
    assert "click is " in finding.seen
    assert "no-such-package is missing" in finding.seen
    assert "other" not in finding.seen


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.sys, "version_info", (3, 10, 4))
    assert machine.python(patient()).state == "fault"


def test_a_file_with_secrets_that_others_may_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config.toml"
    file.write_text('[llm]\napi_key = "geheim"\n')
    file.chmod(0o644)
    finding = configuration.check(patient())
    assert (finding.state, finding.mend) == ("warning", "chmod 600 config.toml")
    file.chmod(0o600)
    assert configuration.check(patient()).state == "ok"


def test_cookies_and_the_address_have_to_fit() -> None:
    def state(profile: str, url: str) -> str:
        config = load(env={}, options={"profile": profile})
        return configuration.check(Patient(config, url)).state

    assert state("prod", "http://chat.example.org") == "fault"
    assert state("prod", "http://localhost:8080") == "ok"
    assert state("prod", "https://chat.example.org") == "ok"
    assert state("dev", "https://chat.example.org") == "warning"


def test_a_model_that_nobody_knows() -> None:
    assert configuration.check(patient(llm__model="gpt-9")).state == "fault"


def test_a_data_folder_that_is_not_there_or_open_to_all(tmp_path: Path) -> None:
    assert files.folder(patient(data__dir=str(tmp_path / "nowhere"))).state == "fault"
    assert files.folder(patient(data__dir=str(tmp_path))).state == "ok"
    tmp_path.chmod(0o777)
    assert files.folder(patient(data__dir=str(tmp_path))).mend == f"chmod go-w {tmp_path}"


def test_secrets_that_others_may_read(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "key").write_text("x")
    (tmp_path / "secrets" / "key").chmod(0o640)
    finding = files.secrets(patient(data__dir=str(tmp_path)))
    assert finding.seen == "other accounts may read secrets/key"
    assert finding.mend == f"chmod 600 {tmp_path}/secrets/key"
    (tmp_path / "secrets" / "key").chmod(0o600)
    assert files.secrets(patient(data__dir=str(tmp_path))).state == "ok"


def test_a_disk_that_is_full_or_nearly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    large = "qwen2.5-coder-1.5b"
    for free, name, state in (
        (10**8, "none", "fault"), (10**9, "none", "warning"), (10**9, large, "fault"), (10**10, large, "ok")
    ):  # fmt: skip
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert disk.check(patient(data__dir=str(tmp_path / "new"), llm__model=name)).state == state


@pytest.fixture
def asked(database: Database) -> Database:
    """The models ask this database, as they do once the doctor has reached it."""
    db.configure(database.runtime, 1)
    return database


def test_tables_that_are_behind(asked: Database) -> None:
    subject = Patient(load(env={}, options={"db.runtime_url": asked.runtime}))
    assert database_checks.reachable(subject).state == "ok"
    assert database_checks.tables(subject).state == "ok"
    asked.query("delete from palaver.ledger where file = 'seed/assistant.sql'")
    finding = database_checks.tables(subject)
    assert finding.seen == "1 SQL files of this version are not applied: seed/assistant.sql"
    asked.query("drop schema api cascade")
    assert "schema/0001_server.sql" in database_checks.tables(subject).seen


def test_a_role_that_may_too_much(asked: Database) -> None:
    subject = Patient(load(env={}, options={"db.runtime_url": asked.runtime}))
    database_checks.reachable(subject)
    assert database_checks.role(subject).state == "ok"
    db.configure(asked.owner, 1)
    database_checks.reachable(subject)
    finding = database_checks.role(subject)
    assert finding.state == "fault"
    assert "messages" in finding.seen


def test_a_version_that_is_too_old(asked: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "SUPPORTED", range(30, 32))
    finding = database_checks.reachable(Patient(load(env={}, options={"db.runtime_url": asked.runtime})))
    assert finding.state == "fault"


def test_the_local_model_in_every_state(asked: Database) -> None:
    subject = Patient(load(env={}, options={"db.runtime_url": asked.runtime}))
    database_checks.reachable(subject)
    for state, done, found in (("waiting", 0, "warning"), ("fetching", 40, "warning"), ("loading", 0, "warning"),
                               ("ready", 0, "ok"), ("failed", 0, "fault")):  # fmt: skip
        model_status.set_status("qwen", state, "why", done, 100)
        assert model.check(subject).state == found
    assert model.check(subject).seen == "qwen: why"
    model_status.set_status("qwen", "fetching", "packages", 40, 100)
    assert model.check(subject).seen == "qwen is not ready: fetching 40 %"


def test_a_model_server_that_is_there_or_not(stack: Stack) -> None:
    here = f"http://127.0.0.1:{stack.model_port}/v1"
    assert model.check(patient(llm__base_url=here)).state == "ok"
    other = model.check(patient(llm__base_url=here, llm__remote_model="no-such-model"))
    assert (other.state, "does not list no-such-model" in other.seen) == ("fault", True)
    assert model.check(patient(llm__base_url=f"{stack.url}/v1")).seen.endswith("answers 404")
    assert model.check(patient(llm__base_url=f"http://127.0.0.1:{free_port()}/v1")).state == "fault"
    assert model.check(Patient(dataclasses.replace(Config(), llm=Llm(model="none")))).state == "ok"


def test_a_server_that_is_not_ready(stack: Stack, tmp_path: Path) -> None:
    subject = patient(server__port=stack.port, data__dir=str(tmp_path))
    assert address.check(subject).state == "ok"
    stack.database.query("delete from palaver.ledger where file = 'seed/assistant.sql'")
    finding = address.check(subject)
    assert finding.state == "fault"
    assert finding.seen.endswith("/readyz answers 503: seed/assistant.sql")


def test_another_program_on_the_port(stack: Stack, tmp_path: Path) -> None:
    with proxies.proxy(proxies.Proxy, f"http://127.0.0.1:{stack.model_port}") as url:
        finding = address.check(patient(server__port=int(url.rpartition(":")[2]), data__dir=str(tmp_path)))
    assert finding.state == "fault"
