"""The documents below `/.well-known/` (RFC 8615): the files of a folder that the operator chose."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from flask import Blueprint, Response, current_app

from app.blueprints.guards import open_door
from app.core.errors import NotFound

MAX_BYTES = 1_048_576
# Whatever else is in the folder is handed out as bytes, and never as something that a browser would run.
TYPES = {".json": "application/json", ".txt": "text/plain; charset=utf-8", ".xml": "application/xml",
         "": "text/plain; charset=utf-8"}  # fmt: skip
# Registered without a suffix, and JSON (Apple's and the Matrix and OpenID ones).
JSON_NAMES = {"apple-app-site-association", "openid-configuration", "webfinger", "client", "server", "nodeinfo"}
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")

blueprint = Blueprint("well_known", __name__)


@blueprint.get("/.well-known/<path:path>")
@open_door
def document(path: str) -> Response:
    """One of the files of `well_known.directory`."""
    body = _read(current_app.config["PALAVER"].well_known.directory, path)
    if body is None:
        raise NotFound("There is nothing at this address.")
    name = Path(path)
    kind = "application/json" if name.name in JSON_NAMES else TYPES.get(name.suffix.lower(), "application/octet-stream")
    answer = Response(body, content_type=kind)
    answer.headers["Cache-Control"] = "max-age=3600, public"
    return answer


def _read(folder: str, path: str) -> bytes | None:
    """The file, unless it is not plainly one of this folder: no dots first, no links out of it, nothing huge."""
    parts = path.split("/")
    if not folder or not all(map(_NAME.fullmatch, parts)):
        return None
    base = Path(folder).resolve()
    file = base.joinpath(*parts)
    try:
        if not file.resolve().is_relative_to(base):
            return None
        with open(os.open(file.resolve(), os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
            found = os.fstat(opened.fileno())
            is_fit = stat.S_ISREG(found.st_mode) and found.st_size <= MAX_BYTES
            return opened.read(MAX_BYTES) if is_fit else None
    except OSError:
        return None
