"""Where a page may send people next: to this site alone."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(given: str | None) -> str:
    """A path of this site, or the home page: what browsers could read as another site's address is refused."""
    path = given or "/"
    strange = any(character <= " " or character == "\\" or character == "\x7f" for character in path)
    if strange or not path.startswith("/") or path.startswith("//") or urlsplit(path).netloc:
        return "/"
    return path
