"""Whose word about the client's address and scheme is believed: that of the proxies in `server.trusted_proxies`."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.config import ConfigError


def client_address() -> str | None:
    """The address that the request comes from; None when a proxy says something that is not one (`unknown`)."""
    try:
        return str(ip_address((request.remote_addr or "").partition("%")[0]))
    except ValueError:
        return None


def behind_proxies(wsgi: Any, trusted: str) -> Callable[..., Any]:
    """Take X-Forwarded-For, -Proto and -Host from one proxy in front, when the connection comes from a trusted one.

    Args:
        trusted: comma-separated addresses or networks, e.g. `127.0.0.1, 10.0.0.0/8`.

    Raises:
        ConfigError: something in the list is neither.
    """
    try:
        networks = [ip_network(part.strip()) for part in trusted.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"server.trusted_proxies is {trusted!r}; it takes addresses or networks ({error})") from None
    fixed = ProxyFix(wsgi, x_for=1, x_proto=1, x_host=1)

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        address = environ.get("REMOTE_ADDR") or "0.0.0.0"
        is_trusted = any(ip_address(address) in network for network in networks)
        return (fixed if is_trusted else wsgi)(environ, start_response)

    return call
