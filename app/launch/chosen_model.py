"""Which model file the local model server serves: the configured one, or one that the operator chose (`flask models serve`).

The choice is a file in the data folder, so that it is still the choice at the next start; a running launcher looks at it.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.launch import gguf

NAME = "local_model.json"


@dataclass(frozen=True)
class Chosen:
    """A file that was chosen.

    Attributes:
        name: what the model is called.
    """

    name: str
    file: Path


@dataclass(frozen=True)
class Choice:
    """What the data folder says: a file, nothing (the configured model), or that it cannot be read."""

    chosen: Chosen | None = None
    stamp: tuple[int, int] = (0, 0)
    problem: str = ""


def stamp(base: Path) -> tuple[int, int]:
    """Changes whenever the choice does."""
    try:
        found = (base / NAME).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


def read(base: Path) -> Choice:
    """What is chosen now."""
    seen = stamp(base)
    try:
        said = json.loads((base / NAME).read_text("utf-8"))
        return Choice(Chosen(str(said["name"])[:80], Path(said["file"])), seen)
    except FileNotFoundError:
        return Choice()
    except (OSError, ValueError, KeyError, TypeError):
        return Choice(None, seen, f"{base / NAME} cannot be read; choose again with `flask models serve FILE`")


def write(base: Path, chosen: Chosen | None) -> None:
    """Choose a file, or (None) the configured model again: whole or not at all."""
    if chosen is None:
        (base / NAME).unlink(missing_ok=True)
        return
    descriptor, made = tempfile.mkstemp(dir=base, prefix=NAME)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"name": chosen.name, "file": str(chosen.file)}, file)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(made, 0o644)  # the server may run as another account than the operator; nothing here is secret
    os.replace(made, base / NAME)


def find(wanted: str, *folders: Path) -> Path | None:
    """The file of this name: as it is given, or in one of the folders."""
    for path in (Path(wanted), *(folder / wanted for folder in folders)):
        if path.is_file():
            return path.resolve()
    return None


def name_of(header: gguf.Header, file: Path) -> str:
    """What to call the model: its file's name, which says more of it (size, quantisation) than its own."""
    return (file.stem or header.name)[:80]


def window(header: gguf.Header, context_tokens: int) -> int:
    """The context to serve it with: no longer than it was made for."""
    return min(context_tokens, header.context_tokens) if header.context_tokens else context_tokens
