"""Keeping the children running, and ending them in the right order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.launch import folders
from app.launch.errors import LaunchError
from app.launch.terminal import Terminal

LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 30.0  # A child that ran this long and then died is started again as if for the first time.
TELL_LOG_AT = 3


class Service(Protocol):
    """Something that runs: a child process, or the database."""

    name: str
    log: Path

    def start(self) -> object: ...
    def exit_code(self) -> int | None: ...
    def ask_to_stop(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Watched:
    """A service with what is known of its deaths."""

    service: Service
    essential: bool
    log_begin: int
    begun: float = field(default_factory=time.monotonic)
    deaths: int = 0
    again_at: float | None = None


def _title(entry: Watched) -> str:
    return entry.service.name[0].upper() + entry.service.name[1:]


class Supervisor:
    """The table of what runs. All of it is called from the main thread."""

    def __init__(self, show: Terminal) -> None:
        self._show = show
        self._table: list[Watched] = []
        self.settled = False

    def start(self, service: Service, essential: bool = False) -> None:
        """Start `service` and keep it running.

        Args:
            essential: before `settled`, its third death in a row ends the launcher.
        """
        self._table.append(Watched(service, essential, folders.size(folders.rotate(service.log))))
        service.start()

    def retire(self, service: Service, seconds: float = 3.0) -> None:
        """End one service and forget it."""
        self._table = [entry for entry in self._table if entry.service is not service]
        service.ask_to_stop()
        end = time.monotonic() + seconds
        while service.exit_code() is None and time.monotonic() < end:
            time.sleep(0.02)
        service.kill()

    def tick(self) -> None:
        """Start again what has died, after a pause that doubles.

        Raises:
            LaunchError: something essential cannot be started at all.
        """
        for entry in self._table:
            if entry.again_at is not None:
                self._start_again(entry)
            elif (code := entry.service.exit_code()) is not None:
                self._note_death(entry, code)

    def _note_death(self, entry: Watched, code: int) -> None:
        now = time.monotonic()
        entry.deaths = 1 if now - entry.begun > SETTLED_SECONDS else entry.deaths + 1
        pause = min(0.25 * 2**entry.deaths, LONGEST_PAUSE)
        entry.again_at = now + pause
        if entry.essential and not self.settled and entry.deaths >= TELL_LOG_AT:
            self._show_tail(entry, 40)
            raise LaunchError(f"the {entry.service.name} does not start (code {code}); its log is {entry.service.log}")
        if entry.deaths <= TELL_LOG_AT:
            self._show.line(f"{_title(entry)} ended (code {code}); starting it again in {pause:.1f} s")
        if entry.deaths == TELL_LOG_AT:
            self._show_tail(entry, 8)
            self._show.line(f"It keeps ending; its log is {entry.service.log}")

    def _start_again(self, entry: Watched) -> None:
        if time.monotonic() < (entry.again_at or 0):
            return
        entry.again_at, entry.begun = None, time.monotonic()
        try:
            entry.service.start()
        except (LaunchError, OSError) as error:
            self._show.line(f"{_title(entry)} could not be started again: {error}")
            entry.deaths += 1
            entry.again_at = time.monotonic() + min(0.25 * 2**entry.deaths, LONGEST_PAUSE)

    def _show_tail(self, entry: Watched, count: int) -> None:
        for line in folders.last_lines(entry.service.log, count, entry.log_begin):
            self._show.line(f"    {line}")

    def stop(self, order: list[tuple[set[str], float]], hurry: Callable[[], bool]) -> None:
        """End everything: each row of `order` names services that are asked together, and until when, in seconds from
        now, they may take.

        Args:
            hurry: true once there is no time left; everything is then killed.
        """
        begun = time.monotonic()
        for names, seconds in order:
            row = [entry.service for entry in self._table if entry.service.name in names]
            for service in row:
                service.ask_to_stop()
            while any(s.exit_code() is None for s in row) and time.monotonic() - begun < seconds and not hurry():
                time.sleep(0.02)
            for service in row:
                service.kill()
        self._table.clear()
