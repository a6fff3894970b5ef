"""Asking the web server whether the first page can be opened."""

from __future__ import annotations

import http.client
import urllib.parse


def problem(address: str) -> str:
    """Empty when `/readyz` answers 200, else what it said."""
    place = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(300).decode("utf-8", "replace")
        return "" if answer.status == 200 else f"{answer.status} {' '.join(body.split())}"
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
