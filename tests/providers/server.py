"""A provider that runs: a Flask application on a port of its own, in a thread."""

from __future__ import annotations

import threading
import time
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server


class Server:
    """Routes are added by those who inherit; `trouble` is what happens to the next requests of a path."""

    def __init__(self, name: str) -> None:
        self.app = Flask(name)
        self.asked: list[str] = []
        self.trouble: dict[str, Any] = {}
        self._http = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.app.before_request(self._meet_trouble)
        self.app.add_url_rule("/favicon.ico", "favicon", lambda: Response(status=204))
        self.reset()
        self._thread.start()

    def reset(self) -> None:
        """Forget what the test before did."""
        self.asked, self.trouble = [], {}

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def _meet_trouble(self) -> Response | None:
        self.asked.append(request.path)
        kind = self.trouble.get(request.path)
        if kind == "down":
            return Response("<h1>502 Bad Gateway</h1>", 502)
        if kind == "html":
            return Response("<h1>Hello</h1>", 200)
        if kind == "redirect":
            return Response("", 302, {"Location": self.url + "/elsewhere"})
        if kind == "slow":
            return Response(_slowly(), 200, content_type="application/json")
        if kind == "huge":
            return Response((b" " * 65_536 for _ in range(64)), 200, content_type="application/json")
        return None


def _slowly() -> Any:
    """A byte now and then: no time-out between two bytes would ever end this."""
    for _ in range(100):
        yield b" "
        time.sleep(0.1)
