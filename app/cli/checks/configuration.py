"""Settings that are legal one by one and yet do not fit."""

from __future__ import annotations

from pathlib import Path

from app.cli.checks.finding import Finding, Patient, fault, ok, warning
from app.core import config as settings
from app.core.settings import SECRET_KEYS
from app.launch.known_models import KNOWN


def check(patient: Patient) -> Finding:
    """What it is made of, and what does not fit together. (A wrong key or type stops every command before this.)"""
    config, url = patient.config, patient.stream_url or ""
    file = next((Path(name) for name in settings.FILE_NAMES if Path(name).exists()), None)
    if file and file.stat().st_mode & 0o077 and _holds_secrets(file):
        return warning(f"{file} holds secrets and other accounts may read it", f"chmod 600 {file}")
    if url.startswith("http://") and config.security.cookie_secure and not _is_local(url):
        return fault(f"cookies need HTTPS and {url} has none, so nobody can sign in",
                     "serve it over HTTPS, or set PALAVER__SECURITY__COOKIE_SECURE=false")  # fmt: skip
    if url.startswith("https://") and not config.security.cookie_secure:
        return warning("the server is reached over HTTPS but its cookies may also travel without",
                       "set PALAVER__PROFILE=prod, or PALAVER__SECURITY__COOKIE_SECURE=true")  # fmt: skip
    if not config.llm.base_url and config.llm.model not in (*KNOWN, "none"):
        return fault(f"llm.model is {config.llm.model!r}", f"set it to {', '.join(KNOWN)} or none")
    changed = sum(value != settings.keys()[key].default for key, value in settings.as_dict(config, mask=False).items())
    return ok(f"profile {config.profile}, {file or 'no file'}, {changed} settings differ from the defaults")


def _holds_secrets(file: Path) -> bool:
    values = settings.as_dict(settings.load(file, env={}), mask=False)
    return any(values[key] for key in SECRET_KEYS)


def _is_local(url: str) -> bool:
    # Browsers treat these as secure without TLS.
    return url.removeprefix("http://").split("/")[0].split(":")[0] in ("localhost", "127.0.0.1")
