"""The local model's way from nothing to answering: fetched in the background, checked, loaded, watched.

Which one it is may change at any time (`app/launch/chosen_model.py`); then it begins anew.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import Config
from app.launch import chosen_model, gguf, known_models, memory, model_server, ports, weights
from app.launch.children import Child
from app.launch.errors import Stopped
from app.launch.model_status import Reporter, Status
from app.launch.pace import Pace
from app.launch.supervisor import Supervisor
from app.launch.terminal import Terminal

RETRY_SECONDS = (60, 120, 300, 900)


@dataclass(frozen=True)
class _Prepared:
    """A file that can be loaded, unless there is a problem."""

    file: Path
    context_tokens: int
    problem: str


class LocalModel:
    """Fetches the model in a thread and has the supervisor run its server; `tick` is called by the main thread.

    Args:
        base: the data folder, which may say that another file was chosen than the configured one.
    """

    def __init__(self, config: Config, base: Path, supervisor: Supervisor, report: Reporter, show: Terminal) -> None:
        self.model = known_models.named(config.llm.model)
        self._base, self._choice = base, chosen_model.read(base)
        self.api_key = secrets.token_urlsafe(24)
        self._held = ports.reserve_local()
        self.port: int = self._held.getsockname()[1]
        self._config, self._log = config, base / "log"
        self._supervisor, self._report, self._show = supervisor, report, show
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self._outcome: _Prepared | str | None = None
        self._fetching: tuple[int, int, str] = (0, self.model.size, "waiting")
        self._child: Child | None = None
        self._ready_start = 0
        self._next_try = 0.0
        self._tries = 0
        self._pace = Pace()
        self._status = Status(self.name, "waiting")
        report.post(self._status)

    @property
    def name(self) -> str:
        """What the model is called."""
        return self._choice.chosen.name if self._choice.chosen else self.model.name

    @property
    def environment(self) -> dict[str, str]:
        """What tells the web server and the jobs where the model answers."""
        return {"PALAVER__LLM__BASE_URL": f"http://127.0.0.1:{self.port}/v1", "PALAVER__LLM__API_KEY": self.api_key}

    def tick(self) -> None:
        """Take the next step, if it is time for one; never waits for more than a moment."""
        if chosen_model.stamp(self._base) != self._choice.stamp:
            self._begin_anew()
        if self._child is not None:
            self._watch(self._child)
        elif self._thread is not None:
            self._follow_fetch(self._thread)
        elif time.monotonic() >= self._next_try:
            self._begin_fetch()

    def cancel(self) -> None:
        """Ask a fetch to end; what has arrived is kept for the next start."""
        self._cancelled.set()

    def _begin_anew(self) -> None:
        """Another model was chosen: the server of the one before ends, whatever it is writing."""
        self.cancel()
        self._cancelled, self._thread = threading.Event(), None
        if self._child is not None:
            self._supervisor.retire(self._child)
            self._child = None
        self._choice = chosen_model.read(self._base)
        self._ready_start, self._next_try, self._tries = 0, 0.0, 0
        self._show.line(f"Another model was chosen: {self.name}")
        self._set("waiting")

    def _begin_fetch(self) -> None:
        self._outcome = None
        self._pace = Pace()
        self._thread = threading.Thread(target=self._fetch, args=(self._cancelled,), name="model fetch", daemon=True)
        self._thread.start()

    def _fetch(self, cancelled: threading.Event) -> None:
        outcome: _Prepared | str
        try:
            outcome = (
                self._prepare_chosen() if self._choice.chosen or self._choice.problem else self._prepare(cancelled)
            )
        except Stopped:
            outcome = "stopped"
        except (weights.WeightsError, gguf.GgufError) as error:
            outcome = str(error)
        except Exception as error:  # The server runs on without a model and says why.
            outcome = f"{type(error).__name__}: {error}"
        if cancelled is self._cancelled:
            self._outcome = outcome

    def _prepare(self, cancelled: threading.Event) -> _Prepared:
        llm, folder = self._config.llm, self._config.models_directory.resolve()
        file = weights.obtain(self.model, folder, llm.hub_url, self._heard, cancelled)
        return _Prepared(file, llm.context_tokens, memory.shortage(self.model, llm.context_tokens))

    def _prepare_chosen(self) -> _Prepared | str:
        chosen = self._choice.chosen
        if chosen is None:
            return self._choice.problem
        try:
            header = gguf.read(chosen.file)
        except OSError as error:
            return f"{chosen.file}: {error.strerror}; bring it back, or go back with `flask models serve --default`"
        context = chosen_model.window(header, self._config.llm.context_tokens)
        return _Prepared(chosen.file, context, memory.shortage_of(chosen.name, header.memory_needed(context)))

    def _heard(self, done: int, total: int, text: str) -> None:
        self._fetching = (min(done, total), total, text)

    def _follow_fetch(self, thread: threading.Thread) -> None:
        if thread.is_alive():
            self._show_fetch(*self._fetching)
            return
        thread.join()
        self._thread = None
        self._show.end_progress()
        if not isinstance(self._outcome, _Prepared):
            self._postpone(str(self._outcome))
        elif self._outcome.problem:
            self._postpone(self._outcome.problem)
        else:
            self._load(self._outcome)

    def _show_fetch(self, done: int, total: int, text: str) -> None:
        if not done:
            return
        self._set("fetching", text, done, total)
        checking = text == weights.CHECKING
        shown = f"{done * 100 // total} %" if checking else self._pace.text(done, total)
        self._show.progress(f"Model {self.name}: {shown} ({text})", 1.0 if checking else done / total)

    def _postpone(self, problem: str) -> None:
        delay = RETRY_SECONDS[min(self._tries, len(RETRY_SECONDS) - 1)]
        self._tries += 1
        self._next_try = time.monotonic() + delay
        if self._status.detail != problem:
            self._show.line(f"No local model: {problem} (trying again by itself)")
        self._set("failed", problem)

    def _load(self, prepared: _Prepared) -> None:
        llm = self._config.llm
        self._child = Child(
            "model server",
            model_server.command(
                prepared.file, self.port, alias=self.name, threads=llm.threads,
                context_tokens=prepared.context_tokens, slots=llm.max_concurrent_requests or 2,
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
            self._show.line(f"Model ready: {self.name}")
        elif child.starts > 2:
            self._set("failed", _why(child) + f"; its log is {child.log}")
        elif self._status.state == "ready":
            self._set("loading", "starting again")

    def _set(self, state: str, detail: str = "", done: int = 0, total: int = 0) -> None:
        self._status = Status(self.name, state, detail, done, total)
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
