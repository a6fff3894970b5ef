"""Noticing that a client has gone, before anything is written to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent

READABLE = 1
# Whoever takes nothing for so long is not there.
SEND_SECONDS = 60.0


class Watch:
    """Calls `gone` when the client of this request closes its connection.

    A client that sends its next request early cannot be watched any more. With TLS in gunicorn itself the end of the
    connection is noticed at the next write.
    """

    def __init__(self, environ: dict[str, Any], gone: Callable[[], None]) -> None:
        self._sock: Any = environ.get("gunicorn.socket")
        self._gone = gone
        self._watcher: Any = None

    def start(self) -> None:
        if self._sock is not None and not isinstance(self._sock, ssl.SSLSocket):
            self._sock.settimeout(SEND_SECONDS)
            self._watcher = gevent.get_hub().loop.io(self._sock.fileno(), READABLE)
            self._watcher.start(self._look)

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
            with suppress(OSError):
                self._sock.settimeout(None)

    def _look(self) -> None:
        try:
            # The system's own socket below gevent's: this runs in the loop, where nothing may wait.
            gone = not self._sock._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        self.stop()
        if gone:
            self._gone()
