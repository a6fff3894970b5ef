"""Small reverse proxies with the habits that break streams."""

from __future__ import annotations

import gzip
import http.client
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

DROPPED = {"transfer-encoding", "connection", "content-length", "date", "server"}


class Proxy(BaseHTTPRequestHandler):
    """Passes everything on piece by piece; the classes below spoil it."""

    upstream = ""
    protocol_version = "HTTP/1.1"
    asks_in = "HTTP/1.1"

    def do_GET(self) -> None:
        place = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        connection._http_vsn_str = self.asks_in
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kept = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"}
        connection.request(self.command, self.path, body=body, headers=kept | self.changes())
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in DROPPED:
                self.send_header(name, value)
        self.pass_on(answer)
        connection.close()

    do_POST = do_GET

    def changes(self) -> dict[str, str]:
        """Headers that the server gets instead of those that were sent."""
        return {}

    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while data := answer.read1(65_536):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        pass


class Buffering(Proxy):
    """Collects the whole answer before it sends any of it, and keeps X-Accel-Buffering to itself."""

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "x-accel-buffering":
            super().send_header(keyword, value)

    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        body = answer.read()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Compressing(Proxy):
    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        body = gzip.compress(answer.read())
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class CompressingPieces(Proxy):
    """Compresses, and sends every piece at once all the same."""

    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        packer = zlib.compressobj(wbits=31)
        while data := answer.read1(65_536):
            packed = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(packed), packed))
        self.wfile.write(b"0\r\n\r\n")


class Renaming(Proxy):
    """Tells the server its own address as Host, as nginx does when nobody tells it otherwise."""

    def changes(self) -> dict[str, str]:
        return {"Host": "palaver.internal"}


class Old(Proxy):
    """Speaks HTTP/1.0: the end of the connection is the end of the answer."""

    protocol_version = "HTTP/1.0"

    def pass_on(self, answer: http.client.HTTPResponse) -> None:
        self.end_headers()
        while data := answer.read1(65_536):
            self.wfile.write(data)


class AskingInOld(Proxy):
    """Asks the server in HTTP/1.0, as nginx does when nobody tells it otherwise."""

    asks_in = "HTTP/1.0"


class Redirecting(Proxy):
    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", "https://chat.example.org/")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Late(Proxy):
    """Its clock is ten minutes slow."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() - 600)


@contextmanager
def proxy(kind: type[Proxy], upstream: str) -> Iterator[str]:
    """Run one in front of `upstream`; its address."""
    handler = type("Handler", (kind,), {"upstream": upstream})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
