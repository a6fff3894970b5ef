"""Do events arrive one by one where browsers reach this server, or does a proxy hold them back?"""

from __future__ import annotations

import http.client
import zlib

from app.cli import stream_probe
from app.cli.checks.finding import Finding, Patient, fault, ok, skipped, warning
from app.cli.failures import said
from app.cli.stream_probe import Reading

# One unlucky pause of this machine looks like a buffer; three in a row do not.
TRIES = 3
# Every browser accepts gzip; it is the one that proxies choose first and that can be unpacked here.
COMPRESSED, PLAIN = "gzip", "identity"

UNBUFFER = (
    "nginx: `proxy_buffering off;` in the location of Palaver, and in every other nginx on the way; Apache: add "
    "`flushpackets=on` to ProxyPass; Caddy: `flush_interval -1` in reverse_proxy; a CDN: switch off its buffering "
    "of text/event-stream"
)
UNCOMPRESS = (
    "nginx: leave text/event-stream out of gzip_types and brotli_types; Apache: `SetEnvIf Request_URI "
    '"^/(api/|healthz/)?stream" no-gzip no-brotli`; Caddy: leave text/event-stream out of what encode matches'
)
ASK_IN_1_1 = "nginx: `proxy_http_version 1.1;`; Apache: no `force-proxy-request-1.0`"
ANSWER_IN_1_1 = "let the proxy answer in HTTP/1.1 or 2; Apache: no `force-response-1.0`; nginx never answers in less"


def check(patient: Patient) -> Finding:
    """Measure the stream through `--stream URL`."""
    url = patient.stream_url
    if url is None:
        return skipped(
            "not measured; give the address that browsers use: flask doctor --stream https://chat.example.org"
        )
    try:
        return _judge(url)
    except (OSError, ValueError, http.client.HTTPException, zlib.error) as error:
        return fault(f"{url}: {said(error)}", "check the address, the proxy and its certificate")


def _judge(url: str) -> Finding:
    reading = stream_probe.read(url, COMPRESSED)
    if reading.status != 200:
        return _refused(url, reading)
    if not reading.frames and not reading.encoding:
        return fault(f"{url}{stream_probe.PATH} is not a stream of Palaver", "give the address of Palaver itself")
    if reading.asked == "HTTP/1.0":
        return fault("a proxy asks Palaver in HTTP/1.0, in which it opens no live connections", ASK_IN_1_1)
    if reading.encoding and (not reading.frames or _is_buffered(url, reading, COMPRESSED)):
        return fault(f"a proxy compresses the stream ({reading.encoding}) and so holds it back", UNCOMPRESS)
    if _is_buffered(url, reading, PLAIN):
        return fault(f"a proxy holds the stream back: {_arrivals(reading)}{_lost_header(reading)}", UNBUFFER)
    seen = f"{len(reading.frames)} frames arrived one by one over {reading.frames[-1][1]:.0f} ms{_lost_header(reading)}"
    return _imperfect(url, reading, seen) or ok(seen)


def _is_buffered(url: str, reading: Reading, encodings: str) -> bool:
    return reading.is_buffered and all(stream_probe.read(url, encodings).is_buffered for _ in range(TRIES - 1))


def _imperfect(url: str, reading: Reading, seen: str) -> Finding | None:
    """It works, and could do so better."""
    if reading.encoding:
        return warning(f"{seen}; a proxy compresses it ({reading.encoding}), which gains nothing here", UNCOMPRESS)
    if reading.version != "HTTP/1.1":
        return warning(f"{seen}; the proxy answers in {reading.version}, which keeps no connection open", ANSWER_IN_1_1)
    if url.startswith("https://") and not stream_probe.offers_http2(url):
        return warning(f"{seen}; the proxy offers no HTTP/2, so that a browser has six connections for all its tabs",
                       "nginx: `http2 on;`; Apache: `Protocols h2 http/1.1`; Caddy offers it by itself")  # fmt: skip
    return None


def _refused(url: str, reading: Reading) -> Finding:
    if where := reading.headers.get("location"):
        return fault(f"{url} answers {reading.status} and points to {where}", "give that address instead")
    mend = {404: "give the address of Palaver itself, with its path if it has one"}.get(
        reading.status, "check that the proxy reaches Palaver (`flask doctor` names where it listens)")  # fmt: skip
    return fault(f"{url}{stream_probe.PATH} answers {reading.status}", mend)


def _arrivals(reading: Reading) -> str:
    sent, arrived = (reading.frames[-1][i] - reading.frames[0][i] for i in (0, 1))
    return f"{len(reading.frames)} frames sent over {sent:.0f} ms arrived within {arrived:.0f} ms"


def _lost_header(reading: Reading) -> str:
    """nginx keeps this header to itself: it obeys, but another nginx outside it never hears of it."""
    return "" if "x-accel-buffering" in reading.headers else " (X-Accel-Buffering did not come through)"
