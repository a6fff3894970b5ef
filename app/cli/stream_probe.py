"""Read `/healthz/stream` the way a browser would and write down when each frame arrived."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

PATH = "/healthz/stream"
SECONDS = 30.0


@dataclass
class Reading:
    """One stream as it arrived.

    Attributes:
        version: of HTTP, as the answer names it: `HTTP/1.1`.
        asked: version of HTTP in which the last proxy asked the server; empty when it did not say.
        headers: names in lower case.
        frames: (milliseconds after its first frame when the server sent it, the same when it arrived here).
    """

    status: int
    version: str
    headers: dict[str, str]
    frames: list[tuple[float, float]] = field(default_factory=list)
    asked: str = ""

    @property
    def encoding(self) -> str:
        """How it was compressed on the way; empty when it was not."""
        return self.headers.get("content-encoding", "")

    @property
    def is_gzipped(self) -> bool:
        return self.encoding in ("gzip", "x-gzip")

    @property
    def is_buffered(self) -> bool:
        """Did the frames arrive (nearly) at once although they were sent apart?"""
        if len(self.frames) < 2:
            return False
        sent, arrived = (self.frames[-1][i] - self.frames[0][i] for i in (0, 1))
        return arrived < sent / 2


def read(url: str, encodings: str) -> Reading:
    """Fetch the stream below `url`.

    Args:
        encodings: what to accept, as in Accept-Encoding; gzip is unpacked.

    Raises:
        OSError, ValueError, http.client.HTTPException, zlib.error: no answer, or a broken one.
    """
    connection = connect(url)
    try:
        place = urlsplit(url)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": encodings, "Cache-Control": "no-cache"}
        connection.request("GET", place.path.rstrip("/") + PATH, headers=headers)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        reading = Reading(answer.status, f"HTTP/{answer.version // 10}.{answer.version % 10}", names)
        if answer.status == 200:
            _collect(answer, reading)
        return reading
    finally:
        connection.close()


def date_ahead(url: str) -> float | None:
    """Seconds by which the clock behind `url` (its Date header, of whole seconds) is ahead of ours; None if unknown."""
    try:
        connection = connect(url)
        try:
            connection.request("GET", urlsplit(url).path.rstrip("/") + "/healthz")
            begun = time.time()
            date = parsedate_to_datetime(connection.getresponse().getheader("Date") or "").timestamp()
            # The header was written at some moment in between and cut to the second.
            return date - min(max(date, begun - 1), time.time())
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return None


def offers_http2(url: str) -> bool:
    """Would a browser speak HTTP/2 here? (It asks so while it sets up TLS.)"""
    place = urlsplit(url)
    if place.scheme != "https":
        return False
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((place.hostname or "", place.port or 443), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=place.hostname) as wrapped,
    ):
        return wrapped.selected_alpn_protocol() == "h2"


def connect(url: str) -> http.client.HTTPConnection:
    """A connection to the server of `url`; it is opened when first used."""
    place = urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(place.hostname or "", place.port, timeout=SECONDS)


def _collect(answer: http.client.HTTPResponse, reading: Reading) -> None:
    unpack = zlib.decompressobj(wbits=31).decompress if reading.is_gzipped else bytes
    rest, first = b"", 0.0
    while piece := answer.read1(65_536):
        now = time.monotonic()
        *frames, rest = (rest + unpack(piece)).split(b"\n\n")
        for frame in frames:
            if data := frame.partition(b"data: ")[2]:
                first, told = first or now, json.loads(data)
                reading.asked = told.get("protocol", "")
                reading.frames.append((told["sent_ms"], (now - first) * 1000))
