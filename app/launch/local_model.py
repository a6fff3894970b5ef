"""The local model's way from nothing to answering: fetched in the background, checked, loaded, watched."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from app.core.settings import Config
from app.launch import known_models, memory, model_server, ports, weights
from app.launch.children import Child
from app.launch.errors import Stopped
from app.launch.model_status import Reporter, Status
from app.launch.pace import Pace
from app.launch.supervisor import Supervisor
from app.launch.terminal import Terminal

RETRY_SECONDS = (60, 120, 300, 900)


class LocalModel:
    """Fetches `model` in a thread and has the supervisor run its server; `tick` is called by the main thread."""

    def __init__(self, config: Config, log: Path, supervisor: Supervisor, report: Reporter, show: Terminal) -> None:
        self.model = known_models.named(config.llm.model)
        self.api_key = secrets.token_urlsafe(24)
        self._held = ports.reserve_local()
        self.port: int = self._held.getsockname()[1]
        self._config, self._log = config, log
        self._supervisor, self._report, self._show = supervisor, report, show
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._outcome: Path | str | None = None
        self._fetching: tuple[int, int, str] = (0, self.model.size, "waiting")
        self._child: Child | None = None
        self._ready_start = 0
        self._next_try = 0.0
        self._tries = 0
        self._pace = Pace()
        self._status = Status(self.model.name, "waiting")
        report.post(self._status)

    @property
    def environment(self) -> dict[str, str]:
        """What tells the web server and the jobs where the model answers."""
        return {"PALAVER__LLM__BASE_URL": f"http://127.0.0.1:{self.port}/v1", "PALAVER__LLM__API_KEY": self.api_key}

    def tick(self) -> None:
        """Take the next step, if it is time for one; never waits for more than a moment."""
        if self._child is not None:
            self._watch(self._child)
        elif self._thread is not None:
            self._follow_fetch(self._thread)
        elif time.monotonic() >= self._next_try:
            self._begin_fetch()

    def cancel(self) -> None:
        """Ask a fetch to end; what has arrived is kept for the next start."""
        self._cancelled.set()

    def _begin_fetch(self) -> None:
        self._outcome = None
        self._pace = Pace()
        self._thread = threading.Thread(target=self._fetch, name="model fetch", daemon=True)
        self._thread.start()

    def _fetch(self) -> None:
        try:
            folder, hub = self._config.models_directory.resolve(), self._config.llm.hub_url
            self._outcome = weights.obtain(self.model, folder, hub, self._heard, self._cancelled)
        except Stopped:
            self._outcome = "stopped"
        except weights.WeightsError as error:
            self._outcome = str(error)
        except Exception as error:  # The server runs on without a model and says why.
            self._outcome = f"{type(error).__name__}: {error}"

    def _heard(self, done: int, total: int, text: str) -> None:
        self._fetching = (min(done, total), total, text)

    def _follow_fetch(self, thread: threading.Thread) -> None:
        if thread.is_alive():
            self._show_fetch(*self._fetching)
            return
        thread.join()
        self._thread = None
        self._show.end_progress()
        problem = "" if isinstance(self._outcome, Path) else str(self._outcome)
        problem = problem or memory.shortage(self.model, self._config.llm.context_tokens)
        if problem:
            self._postpone(problem)
        elif isinstance(self._outcome, Path):
            self._load(self._outcome)

    def _show_fetch(self, done: int, total: int, text: str) -> None:
        if not done:
            return
        self._set("fetching", text, done, total)
        checking = text == weights.CHECKING
        shown = f"{done * 100 // total} %" if checking else self._pace.text(done, total)
        self._show.progress(f"Model {self.model.name}: {shown} ({text})", 1.0 if checking else done / total)

    def _postpone(self, problem: str) -> None:
        delay = RETRY_SECONDS[min(self._tries, len(RETRY_SECONDS) - 1)]
        self._tries += 1
        self._next_try = time.monotonic() + delay
        if self._status.detail != problem:
            self._show.line(f"No local model: {problem} (trying again by itself)")
        self._set("failed", problem)

    def _load(self, file: Path) -> None:
        llm = self._config.llm
        self._child = Child(
            "model server",
            model_server.command(
                file, self.port, alias=self.model.name, threads=llm.threads, context_tokens=llm.context_tokens,
                slots=llm.max_concurrent_requests or 2,
            ),
            env=_child_environment(self.api_key), log=self._log / "model.log", cwd=Path.cwd(), nice=5,
        )  # fmt: skip
        self._supervisor.start(self._child)
        self._set("loading", "reading the file into memory")

    def _watch(self, child: Child) -> None:
        if child.starts == self._ready_start:
            return
        if _answers(self.port):
            self._ready_start = child.starts
            self._set("ready")
            self._show.line(f"Model ready: {self.model.name}")
        elif child.starts > 2:
            self._set("failed", _why(child) + f"; its log is {child.log}")
        elif self._status.state == "ready":
            self._set("loading", "starting again")

    def _set(self, state: str, detail: str = "", done: int = 0, total: int = 0) -> None:
        self._status = Status(self.model.name, state, detail, done, total)
        self._report.post(self._status)


def _child_environment(api_key: str) -> Mapping[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALAVER__")}
    return inherited | model_server.environment() | {"PALAVER__LLM__API_KEY": api_key}


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why(child: Child) -> str:
    if child.last_code == -signal.SIGILL:
        return "the local model needs a processor with AVX2; set PALAVER__LLM__MODEL=none or PALAVER__LLM__BASE_URL"
    return f"the model server keeps ending (code {child.last_code})"
