"""How much memory there is for a model."""

from __future__ import annotations

from pathlib import Path

import psutil

from app.launch.known_models import KnownModel

CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Bytes that can be used without swapping: the machine's, or less when a container limits us."""
    free = int(psutil.virtual_memory().available)
    left = _left_in_container()
    return free if left is None else min(free, left)


def shortage(model: KnownModel, context_tokens: int) -> str:
    """Why the model cannot be loaded, as a line that says what to do; empty when it can."""
    needed, free = model.memory_needed(context_tokens), available()
    if free >= needed:
        return ""
    smaller = "none" if model.name == "smollm2" else "smollm2 or none"
    return (
        f"{model.name} needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free; "
        f"free some, or set PALAVER__LLM__MODEL={smaller}"
    )


def shortage_of(name: str, needed: int, freed: int = 0) -> str:
    """As `shortage`, for a file that was chosen; `freed`: what the model that is served now will give back."""
    free = available() + freed
    if free >= needed:
        return ""
    return (
        f"{name} needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free; free some, make "
        "llm.context_tokens smaller, or choose a smaller file (`flask models serve FILE`, or --default)"
    )


def used_by_model(launcher: int) -> int:
    """Bytes that the model server below this launcher holds."""
    try:
        below = psutil.Process(launcher).children()
        return sum(p.memory_info().rss for p in below if "app.launch.model_server" in p.cmdline())
    except psutil.Error:
        return 0


def _left_in_container() -> int | None:
    try:
        limit = (CGROUP / "memory.max").read_text().strip()
        if limit == "max":
            return None
        used = int((CGROUP / "memory.current").read_text())
        lines = (CGROUP / "memory.stat").read_text().splitlines()
        cached = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
        return int(limit) - used + cached
    except (OSError, ValueError, IndexError):
        return None
