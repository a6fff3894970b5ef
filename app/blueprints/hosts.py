"""Which names the server answers to, and (without accounts) whom it answers at all.

A page of another site can make a browser ask this server under a name of its own that points here (DNS rebinding); the
`Host` header then tells. Where nobody signs in, this is what keeps such pages out.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app, request

from app.core.config import is_loopback
from app.core.errors import BadRequest, Forbidden
from app.core.settings import Config

PROBES = ("/healthz", "/readyz", "/metrics")
FORWARDED = {"forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"}


def install(app: Flask, config: Config) -> None:
    """Check every request before anything else does."""
    if is_single_user(app):
        app.before_request(_refuse_others)
    if config.server.allowed_hosts:
        allowed = {name.strip().lower() for name in config.server.allowed_hosts.split(",") if name.strip()}
        app.before_request(lambda: _refuse_names(allowed))


def is_single_user(app: Flask | None = None) -> bool:
    """Does this server run without accounts?"""
    return not (app or current_app).extensions["features"].is_on("auth_v1")


def host_name(host: str) -> str:
    """The name or address in a Host header, without its port; empty when it cannot be read."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _refuse_names(allowed: set[str]) -> None:
    # Monitors ask by address.
    if host_name(request.host) not in allowed and not request.path.startswith(PROBES):
        raise BadRequest("This server is not called like that; server.allowed_hosts lists its names.")


def _refuse_others() -> None:
    peer = request.environ.get("werkzeug.proxy_fix.orig", request.environ).get("REMOTE_ADDR") or ""
    if _is_forwarded() or not all(map(is_loopback, [peer, request.remote_addr or ""])):
        raise Forbidden("This server has no accounts and answers only its own machine; switch features.auth_v1 on.")
    if not is_loopback(host_name(request.host)):
        raise Forbidden("This server has no accounts and answers only as localhost or 127.0.0.1.")


def _is_forwarded() -> bool:
    """Did a proxy pass this on? Behind one everybody comes from this machine, so what it says of them does not matter."""
    names = {name.lower() for name in request.headers.keys()}
    return bool(names & FORWARDED) or any(name.startswith("x-forwarded-") for name in names)
