"""Bodies that never end, in time or in size: a request that is sent byte by byte may not hold its greenlet for ever.

(Headers have a limit of their own: gunicorn closes a connection that has not sent them within
`server.keepalive_seconds`.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

# Whoever sends more slowly than this, after the patience, is not waited for.
LEAST_BYTES_A_SECOND = 4096


def bounded(wsgi: Any, patience_seconds: float, most_bytes: int) -> Callable[..., Any]:
    """Give every request's body a time by which it must have come; a large one gets more of it as it comes.

    Args:
        most_bytes: Werkzeug refuses a Content-Length beyond it; a chunked body it would only cut off there.
    """

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = _Body(environ["wsgi.input"], patience_seconds, most_bytes)
        return wsgi(environ, start_response)

    return call


class _Body:
    """The body as it comes.

    Raises:
        RequestTimeout: from every reading method, when it comes too slowly.
        RequestEntityTooLarge: there is more of it than may be.
    """

    def __init__(self, raw: Any, patience_seconds: float, most_bytes: int) -> None:
        self._raw = raw
        self._patience_seconds = patience_seconds
        self._deadline = 0.0
        self._left = most_bytes

    def read(self, *size: int) -> bytes:
        return self._in_time(self._raw.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._in_time(self._raw.readline, *size)

    def readlines(self, *hint: int) -> list[bytes]:
        return self._in_time(self._raw.readlines, *hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _in_time(self, read: Callable[..., Any], *args: int) -> Any:
        now = time.monotonic()
        self._deadline = self._deadline or now + self._patience_seconds
        with gevent.Timeout(max(self._deadline - now, 0.001), RequestTimeout):
            got = read(*args)
            size = len(got) if isinstance(got, bytes) else sum(map(len, got))
            self._deadline += size / LEAST_BYTES_A_SECOND
            self._left -= size
            if self._left < 0 or (self._left == 0 and self._raw.read(1)):
                raise RequestEntityTooLarge
        return got
