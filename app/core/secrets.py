"""Secrets of this installation, made on first start and kept in the data folder with mode 0600."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret(data_dir: Path, name: str) -> bytes:
    """32 random bytes that stay the same for this data folder. Two processes that begin at once get the same ones.

    Raises:
        OSError: the folder cannot be written.
    """
    path = data_dir / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f"{name}.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(made, path)  # fails when another process was first: then its secret is the one
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return bytes.fromhex(path.read_text().strip())
