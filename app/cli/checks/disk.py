"""Room for the database, the logs and the model."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.cli.checks.finding import Finding, Patient, fault, ok, warning
from app.core.settings import Config
from app.launch.known_models import KNOWN
from app.launch.weights import SPARE_BYTES

# PostgreSQL stops when it cannot write; its write-ahead log alone may grow to a gigabyte.
LEAST_BYTES, COMFORTABLE_BYTES = 200_000_000, 1_500_000_000


def check(patient: Patient) -> Finding:
    """Is there room in the data folder, and for the model where models are kept?"""
    base, models = patient.config.data.dir.resolve(), patient.config.models_directory.resolve()
    free, needed = _free(base), _model_bytes(patient.config, models)
    if free < LEAST_BYTES:
        return fault(f"{_gb(free)} free in {base}", "make room: PostgreSQL stops when it cannot write")
    if needed and _free(models) < needed:
        return fault(f"the model needs {_gb(needed)} in {models}, {_gb(_free(models))} are free",
                     "make room, or set PALAVER__LLM__MODELS_DIRECTORY to a larger disk")  # fmt: skip
    if free < COMFORTABLE_BYTES:
        return warning(f"{_gb(free)} free in {base}", "make room before the database and its log need it")
    return ok(f"{_gb(free)} free in {base}")


def _model_bytes(config: Config, models: Path) -> int:
    """Bytes still to be fetched; 0 when the file is there or no local model is wanted."""
    model = None if config.llm.base_url else KNOWN.get(config.llm.model)
    if model is None or (models / model.file).exists():
        return 0
    return model.size + SPARE_BYTES


def _free(folder: Path) -> int:
    """Of the disk that the folder is on, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
