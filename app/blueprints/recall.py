"""At which doors a process may know again whom it let in a moment ago (`app/services/remembered.py`).

At those of conversations, which are most of all requests, and whose functions ask the database themselves whether the
actor is a member. Wherever it is decided who may sign in, or who governs, the session is looked up every time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

from flask import Flask, Response, current_app, g, request

from app.core.actor import Actor
from app.services.remembered import Found, Remembered

# Rules of routes, not addresses: what was matched is what counts.
DOORS = re.compile(
    r"/$|/(c|messages|sidebar|stream|search)(/|$)"
    r"|/api/(conversations|threads|messages|stream|search|presence|typing|unread|drafts)(/|$)"
    r"|/api/users(/<uuid:user_id>)?$"
    r"|/v1/"
)


def install(app: Flask) -> None:
    """Remember, once this process hears what the database says (`start_worker`)."""
    app.extensions["remembered"] = Remembered()
    app.after_request(_forget)


def who(token: str, client: str, load: Callable[[], Found]) -> Actor | None:
    """Who comes with this token from this client.

    Args:
        load: asks the database.
    """
    if request.url_rule is None or not DOORS.match(request.url_rule.rule):
        found = load()
        g.looked_up = found and found[0].id
        return found and found[0]
    key = (sha256(token.encode()).digest(), sha256(client.encode("utf-8", "surrogatepass")).digest())
    remembered: Remembered = current_app.extensions["remembered"]
    return remembered.who(key, load)


def _forget(response: Response) -> Response:
    """What changed something at another door may have changed who may what; here that is known before the answer is."""
    if request.method not in ("GET", "HEAD", "OPTIONS") and g.get("looked_up"):
        current_app.extensions["remembered"].forget(g.looked_up)
    return response
