"""The body of a response as it comes: whatever has arrived in one read, however many chunks it is.

urllib3 answers a chunk at a time, after several reads of the socket's buffer. A model's words come as chunks of a few bytes,
and a hundred answers at once spend more on that than on everything else together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from app.adapters.llm import ModelError, bounds
from app.adapters.llm.retries import Passing

READ_BYTES = 16_384
# The line before a chunk: its size, and extensions that nobody uses.
MOST_LINE_BYTES = 4_096

# Many answers at once rest between two reads, the longer the more there are: what comes meanwhile is read, and handed on, in
# one go. Nobody waits for it longer than for the next flush of pieces.
FEW_STREAMS, REST_A_STREAM, LONGEST_REST = 8, 0.000_25, 0.03


class Pace:
    """How many streams of one server are open, and how long each rests."""

    def __init__(self) -> None:
        self.streams = 0

    def rest(self) -> None:
        if self.streams > FEW_STREAMS:
            time.sleep(min(LONGEST_REST, self.streams * REST_A_STREAM))


class Body:
    """What follows the head of a response."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        inner: Any = getattr(response, "_fp", None)
        is_plain = not response.headers.get("Content-Encoding") and getattr(inner, "chunked", False)
        self._file: Any = inner.fp if is_plain else None
        self._rest = b""
        self._left = 0  # of this chunk, with the end of line behind it
        self._has_ended = False

    def read(self) -> bytes:
        """What has arrived; waits for something. Empty at the end.

        Raises:
            HTTPError: broken off.
        """
        if self._file is None:
            return self._response.read1(READ_BYTES)
        out = b""
        try:
            while not out and not self._has_ended:
                if not (data := self._file.read1(READ_BYTES)):
                    raise ProtocolError("The body ended in the middle.")
                out = self._decoded(self._rest + data)
        except (OSError, ValueError, AttributeError) as error:
            raise error if isinstance(error, HTTPError) else ProtocolError(str(error)) from error
        return out

    def _decoded(self, data: bytes) -> bytes:
        """The chunks in it (RFC 9112 section 7.1), without what is between them."""
        parts, at = [], 0
        while at < len(data) and not self._has_ended:
            if self._left:
                taken = min(self._left, len(data) - at)
                if (text := min(self._left - 2, taken)) > 0:
                    parts.append(data[at : at + text])
                at, self._left = at + taken, self._left - taken
                continue
            if (end := data.find(b"\n", at)) < 0:
                if len(data) - at > MOST_LINE_BYTES:
                    raise ProtocolError("A chunk has no size.")
                break
            size = int(data[at:end].partition(b";")[0], 16)
            if size < 0:
                raise ProtocolError("A chunk has no size.")
            at, self._left, self._has_ended = end + 1, size + 2, size == 0
        self._rest = data[at:]
        return b"".join(parts)


def streamed(response: BaseHTTPResponse, pace: Pace, key: str) -> Iterator[list[bytes]]:
    """What the `data:` lines of a response say, as many at once as have come, within the bounds and at its pace.

    Raises:
        ModelError: broken off, or a line that does not end.
    """
    pace.streams += 1
    try:
        for values in bounds.values(Body(response).read, key):
            yield values
            pace.rest()
    except HTTPError as error:
        raise broken_off() from error
    finally:
        pace.streams -= 1


def broken_off() -> ModelError:
    return Passing("The model server broke off in the middle of the answer.", "PV.MODEL.BROKEN_OFF")
