"""The data folder: can it be written, and can nobody else read what is private in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.cli.checks.finding import Finding, Patient, fault, ok
from app.cli.output import counted
from app.core.secrets import NAME, KeyRing, SecretsError
from app.launch.folders import PRIVATE


def folder(patient: Patient) -> Finding:
    """Can we write here, and nobody else?"""
    base = patient.config.data.dir.resolve()
    try:
        with tempfile.TemporaryFile(dir=base):
            pass
    except OSError as error:
        return fault(f"{base} cannot be written ({error.strerror})",
                     "make it writable for this account, or choose another with PALAVER__DATA__DIR")  # fmt: skip
    if base.stat().st_mode & 0o022:
        return fault(f"other accounts may write in {base}", f"chmod go-w {base}")
    return ok(str(base))


def secrets(patient: Patient) -> Finding:
    """Are secrets and logs closed to other accounts?"""
    base = patient.config.data.dir.resolve()
    private = [base / name for name in PRIVATE if (base / name).exists()]
    kept = sorted(path for path in (base / "secrets").glob("*") if path.is_file())
    if loose := [path for path in (*private, *kept) if path.stat().st_mode & 0o077]:
        mend = "; ".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in loose)
        return fault(f"other accounts may read {_names(loose, base)}", mend)
    try:
        count = len(KeyRing(base, 0).keys()) if (base / "secrets" / NAME).exists() else 0
    except SecretsError as error:
        return fault(str(error), "a backup of the data folder has it")
    return ok(f"{len(kept)} files, for this account alone; {counted(count, 'key')} in the ring")


def _names(paths: list[Path], base: Path) -> str:
    return ", ".join(str(path.relative_to(base)) for path in paths)
