"""Looking at TCP ports before anything slow is started on them."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable

from app.launch.errors import LaunchError

ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def address(host: str, port: int) -> str:
    """The address a browser on this machine opens."""
    name = ANYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def require_free(host: str, port: int, patience: float = 0.0, sleep: Callable[[float], None] = time.sleep) -> None:
    """Check that `host:port` can be listened on.

    Args:
        patience: seconds to wait for it, for the children of a killed launcher to end.

    Raises:
        LaunchError: it is taken, not allowed, or no address of this machine.
    """
    deadline = time.monotonic() + patience
    while problem := _problem(host, port):
        if problem.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
            raise LaunchError(_explain(problem, host, port))
        sleep(0.1)


def reserve_local() -> socket.socket:
    """A free port of 127.0.0.1 that stays ours, without listening, until the socket is closed.

    The model server binds it with SO_REUSEPORT minutes later; a port that was only looked up could by then be the
    near end of somebody's outgoing connection.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("127.0.0.1", 0))
    return held


def _problem(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(target)
    except OSError as error:
        return error
    return None


def _explain(problem: OSError, host: str, port: int) -> str:
    if isinstance(problem, PermissionError):
        return f"port {port} needs root; start with scripts/run --port {_next_free(host, 8080)}"
    if problem.errno != errno.EADDRINUSE:
        return f"cannot listen on {host}:{port} ({problem.strerror}); set --host to an address of this machine"
    return f"port {port} is in use by another program; start with scripts/run --port {_next_free(host, port + 1)}"


def _next_free(host: str, start: int) -> int:
    return next((port for port in range(start, min(start + 100, 65536)) if not _problem(host, port)), 18080)
