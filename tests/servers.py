"""The whole of Palaver as processes, for tests that need gunicorn, several workers, or somebody to kill."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3

from app.models import db
from app.services import auth
from tests.databases import Database

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "correct horse battery"


def free_port() -> int:
    """A port that nobody listens on, out of those that no system gives to outgoing connections: several runs of tests,
    and thousands of clients, share this machine."""
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], Any], seconds: float = 20.0, what: str = "condition") -> Any:
    """The first truthy value of `condition`; fails the test when it never comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {seconds} s")


class Process:
    """A child of the test."""

    def __init__(self, name: str, argv: list[str], env: dict[str, str], log: Path) -> None:
        self.name, self.argv, self.env, self.log = name, argv, env, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                [sys.executable, *self.argv], cwd=ROOT, env=os.environ | self.env, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def kill9(self) -> None:
        """As a crash would: this process alone, at once."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(10)

    def stop(self) -> None:
        if self.popen.poll() is None:
            # gunicorn takes QUIT as "now": on TERM it would wait for idle keep-alive connections.
            self.popen.send_signal(signal.SIGQUIT if self.name == "web" else signal.SIGTERM)
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.popen.pid, signal.SIGKILL)
                self.popen.wait(5)

    def children(self) -> list[int]:
        """Process ids of its children (gunicorn's workers)."""
        path = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


class Stack:
    """gunicorn, the jobs worker and a mock model server on one database."""

    def __init__(self, database: Database, folder: Path, workers: int = 2, jobs: bool = True, **env: str) -> None:
        self.database, self.folder = database, folder
        self.port, self.model_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            "PALAVER__DB__RUNTIME_URL": database.runtime,
            "PALAVER__DATA__DIR": str(folder),
            "PALAVER__SERVER__PORT": str(self.port),
            "PALAVER__SERVER__WORKERS": str(workers),
            "PALAVER__LLM__BASE_URL": f"http://127.0.0.1:{self.model_port}/v1",
            "PALAVER__PROFILE": "test",
            "PALAVER__LLM__TITLES": "false",  # requests to the model that a test did not ask for
        } | env
        mock = ["-m", "bench.mock_openai", "--port", str(self.model_port)]
        self.model = Process("model", mock, {}, folder / "model.log")
        self.web = Process(
            "web", ["-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:application"], self.env, folder / "web.log"
        )
        self.jobs = Process("jobs", ["-m", "app.jobs"], self.env, folder / "jobs.log") if jobs else None
        try:
            self.await_ready()
        except BaseException:
            self.stop()
            raise

    def await_ready(self) -> None:
        wait_for(lambda: self.web.popen.poll() is not None or self._answers("/readyz"), 30, "the web server")
        assert self.web.popen.poll() is None, self.web.log.read_text()[-3000:]

    def settle(self) -> None:
        """Wait until everything that was said is on its way: a reader may still hear what was posted before it came."""
        wait_for(lambda: self.database.query("select count(*) from palaver.outbox") == [(0,)], what="an empty outbox")

    def start_jobs(self) -> None:
        self.jobs = Process("jobs", ["-m", "app.jobs"], self.env, self.folder / "jobs.log")

    def stop(self) -> None:
        for process in (self.web, self.jobs, self.model):
            if process is not None:
                process.stop()

    def model_stats(self) -> dict[str, Any]:
        return urllib3.request("GET", f"http://127.0.0.1:{self.model_port}/stats").json()

    def _answers(self, path: str) -> bool:
        try:
            return urllib3.request("GET", self.url + path, retries=False, timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False


class Visitor:
    """A program that uses a running server over HTTP; every request on a connection of its own choosing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = urllib3.PoolManager(maxsize=4, retries=False, timeout=30)
        self.cookies: dict[str, str] = {}
        self.id = ""

    def request(self, method: str, path: str, body: Any = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": self.cookie()}
        if "CSRF-TOKEN" in self.cookies:
            headers["X-CSRF-TOKEN"] = self.cookies["CSRF-TOKEN"]
        answer = self.http.request(method, self.url + path, json=body, headers=headers) if body is not None else (
            self.http.request(method, self.url + path, headers=headers)
        )  # fmt: skip
        for line in answer.headers.getlist("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def cookie(self) -> str:
        return "; ".join(f"{k}={v}" for k, v in self.cookies.items())

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self.request(method, path, body)
        assert answer.status < 300, (answer.status, answer.data)
        return answer.json()

    def set_up(self, name: str = "anna") -> Visitor:
        account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        self.id = self.ok("POST", "/api/setup", account)["user"]["id"]
        return self

    def sign_in(self, name: str) -> Visitor:
        self.id = self.ok("POST", "/api/auth/login", {"email": name, "password": PASSWORD})["user"]["id"]
        return self

    def converse(self, kind: str = "assistant", members: tuple[str, ...] = ()) -> str:
        body = {"kind": kind, "title": "Talk", "member_ids": list(members)}
        return self.ok("POST", "/api/conversations", body)["id"]

    def begin(self, conversation: str, content: str) -> dict[str, Any]:
        body = {"content": content, "client_id": str(uuid.uuid4())}
        return self.ok("POST", f"/api/threads/{conversation}/root", body)

    def reply(self, parent: str, content: str) -> dict[str, Any]:
        body = {"content": content, "client_id": str(uuid.uuid4())}
        return self.ok("POST", f"/api/messages/{parent}/reply", body)

    def tree(self, root: str) -> list[dict[str, Any]]:
        return self.ok("GET", f"/api/threads/{root}/tree?limit=500")["items"]

    def answer_to(self, root: str, seconds: float = 30) -> dict[str, Any]:
        """The assistant's answer, once it has ended."""
        return wait_for(
            lambda: next((m for m in self.tree(root) if m["role"] == "assistant" and m["status"] != "streaming"), None),
            seconds, "the answer",
        )  # fmt: skip


def member(database: Database, url: str, name: str) -> Visitor:
    """Somebody with an account, signed in."""
    db.configure(database.runtime, 2)
    db.after_write = lambda: db.read("bus_publish")
    auth.create_user(name, f"{name}@example.org", PASSWORD, "member")
    return Visitor(url).sign_in(name)
