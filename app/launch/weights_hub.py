"""Fetching a model file from the address in `llm.hub_url`, going on where a broken transfer ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import urllib3

from app.launch.errors import Stopped
from app.launch.known_models import KnownModel

BLOCK = 1 << 18
TIMEOUT = urllib3.Timeout(connect=10, read=30)
RETRIES = urllib3.Retry(total=5, connect=1, read=0, redirect=4, other=0)
TRIES_WITHOUT_PROGRESS = 3


class HubError(Exception):
    """The hub did not give the file; one line."""


def fetch(
    model: KnownModel,
    url: str,
    folder: Path,
    progress: Callable[[int, int, str], None],
    cancelled: threading.Event,
) -> Path:
    """Fetch `url` into a temporary file in `folder`, resuming what is there; the caller checks the hash.

    Raises:
        HubError: it cannot be reached, answers an error, or has a file of another size.
        Stopped: `cancelled` was set.
    """
    target = folder / f"{model.file}.hub.tmp"
    failures, reason = 0, ""
    while _size(target) < model.size and failures < TRIES_WITHOUT_PROGRESS:
        before = _size(target)
        try:
            _transfer(model, url, target, progress, cancelled)
        except urllib3.exceptions.HTTPError as error:
            reason = _short(error)
        failures = 0 if _size(target) > before else failures + 1
    if _size(target) < model.size:
        raise HubError(reason or "the transfer ended early")
    return target


def _transfer(
    model: KnownModel,
    url: str,
    target: Path,
    progress: Callable[[int, int, str], None],
    cancelled: threading.Event,
) -> None:
    done = _size(target)
    headers = {"Range": f"bytes={done}-", "Accept-Encoding": "identity"}
    pool = urllib3.PoolManager()
    answer = pool.request("GET", url, headers=headers, preload_content=False, timeout=TIMEOUT, retries=RETRIES)
    try:
        if answer.status not in (200, 206):
            raise HubError(f"the hub answered {answer.status}")
        if answer.status == 200:  # It does not know ranges and sends everything again.
            done = 0
        _check_size(model, done, answer.headers.get("Content-Length"))
        with target.open("ab") as file:
            file.truncate(done)
            for block in answer.stream(BLOCK):
                if cancelled.is_set():
                    raise Stopped
                done += len(block)
                if done > model.size:
                    raise HubError(f"llm.hub_url holds a larger file than {model.file}")
                file.write(block)
                progress(done, model.size, "from the hub")
    finally:
        answer.close()
        pool.clear()


def _check_size(model: KnownModel, done: int, length: str | None) -> None:
    if length is not None and done + int(length) != model.size:
        raise HubError(f"llm.hub_url holds a file of {done + int(length)} bytes and {model.file} has {model.size}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _short(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split()).rpartition(">: ")[2][:160]
