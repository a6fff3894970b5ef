"""How much a server of models may say, so that none can take the memory or the time of all others; and that what it says
when it refuses does not tell people its key, which some servers repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from urllib3.response import BaseHTTPResponse

from app.adapters.llm import ModelError

# One event of a stream; the longest ordinary ones are whole calls of tools.
MOST_LINE_BYTES = 1_048_576
MOST_WHOLE_BYTES = 33_554_432
# As much as a message keeps.
MOST_TEXT = 262_144


def values(read: Callable[[], bytes], key: str) -> Iterator[list[bytes]]:
    """What the `data:` lines say: as many at once as have come. The last line may lack its end.

    Args:
        read: what has arrived; nothing at the end.

    Raises:
        ModelError: a line that does not end.
    """
    rest = b""
    while data := read():
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > MOST_LINE_BYTES:
            raise ModelError("The model server sent a line that is too long.")
        if found := [without(key, line[5:].strip()) for line in lines if line.startswith(b"data:")]:
            yield found
    if rest.startswith(b"data:"):
        yield [without(key, rest[5:].strip())]


def whole(response: BaseHTTPResponse, key: str) -> bytes:
    """All of a response.

    Raises:
        ModelError: it is too long.
        HTTPError: broken off.
    """
    data = response.read(MOST_WHOLE_BYTES + 1)
    if len(data) > MOST_WHOLE_BYTES:
        response.close()
        raise ModelError("The model server sent an answer that is too long.")
    return without(key, data)


def without(key: str, said: bytes) -> bytes:
    """The same, but an error does not repeat the key that it was about."""
    if key and b"error" in said and (secret := key.encode()) in said:
        return said.replace(secret, "…".encode())
    return said
